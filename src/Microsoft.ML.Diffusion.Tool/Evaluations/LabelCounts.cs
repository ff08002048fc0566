using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Evaluations;

/// <summary>Counts right and wrong predictions of each label.</summary>
internal sealed class LabelCounts
{
    private readonly SortedDictionary<string, (long Actual, long Predicted, long Both)> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts a row's labels.</summary>
    public void Add(IReadOnlyCollection<string> actual, IReadOnlyCollection<string> predicted)
    {
        foreach (string label in actual.Union(predicted))
        {
            (long a, long p, long both) = _counts.GetValueOrDefault(label);
            bool isActual = actual.Contains(label), isPredicted = predicted.Contains(label);
            _counts[label] = (a + (isActual ? 1 : 0), p + (isPredicted ? 1 : 0), both + (isActual && isPredicted ? 1 : 0));
        }
    }

    /// <summary>The F1 of all labels together.</summary>
    public double MicroF1 => F1(_counts.Values.Sum(count => count.Actual), _counts.Values.Sum(count => count.Predicted),
        _counts.Values.Sum(count => count.Both));

    /// <summary>The mean of the labels' F1.</summary>
    public double MacroF1 => _counts.Values.Average(count => F1(count.Actual, count.Predicted, count.Both));

    /// <summary>Precision, recall and F1 of each label.</summary>
    public Field[] PerLabel => [.. _counts.Select(item => new Field(item.Key, (Field[])
    [
        new("precision", Share(item.Value.Both, item.Value.Predicted)), new("recall", Share(item.Value.Both, item.Value.Actual)),
        new("f1", F1(item.Value.Actual, item.Value.Predicted, item.Value.Both)), new("rows", item.Value.Actual),
    ]))];

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private static double F1(long actual, long predicted, long both) => Share(2 * both, actual + predicted);
}
