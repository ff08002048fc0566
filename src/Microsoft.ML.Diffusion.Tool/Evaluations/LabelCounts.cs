using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Evaluations;

/// <summary>Counts right and wrong predictions of each label.</summary>
internal sealed class LabelCounts
{
    private readonly SortedDictionary<string, EntityCounts> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts a row's labels.</summary>
    public void Add(IReadOnlyCollection<string> actual, IReadOnlyCollection<string> predicted)
    {
        foreach (string label in actual.Union(predicted))
        {
            (long a, long p, long correct) = _counts.GetValueOrDefault(label);
            bool isActual = actual.Contains(label), isPredicted = predicted.Contains(label);
            _counts[label] = new EntityCounts(
                a + (isActual ? 1 : 0), p + (isPredicted ? 1 : 0), correct + (isActual && isPredicted ? 1 : 0));
        }
    }

    /// <summary>The F1 of all labels together.</summary>
    public double MicroF1 => new EntityCounts(
        _counts.Values.Sum(count => count.Actual), _counts.Values.Sum(count => count.Predicted),
        _counts.Values.Sum(count => count.Correct)).F1;

    /// <summary>The mean of the labels' F1.</summary>
    public double MacroF1 => _counts.Values.Average(count => count.F1);

    /// <summary>Precision, recall and F1 of each label.</summary>
    public Field[] PerLabel => [.. _counts.Select(item => Describe(item.Key, item.Value, "rows"))];

    /// <summary>The measures of one label or type.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="counts">Its counts.</param>
    /// <param name="unit">What is counted.</param>
    public static Field Describe(string name, EntityCounts counts, string unit) => new(name, (Field[])
    [
        new("precision", counts.Precision), new("recall", counts.Recall), new("f1", counts.F1), new(unit, counts.Actual),
    ]);
}
