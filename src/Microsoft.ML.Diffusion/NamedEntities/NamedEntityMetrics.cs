using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion;

/// <summary>Metrics of named-entity recognition. All are fractions.</summary>
public sealed class NamedEntityMetrics
{
    internal NamedEntityMetrics(EntityEvaluator evaluator) =>
        (Overall, PerType, WordAccuracy) = (evaluator.Overall, evaluator.ByType, evaluator.TagAccuracy);

    /// <summary>The counts of all types together.</summary>
    public EntityCounts Overall { get; }

    /// <summary>The counts of each type that occurs among the true or the predicted entities, in ordinal order.</summary>
    public IReadOnlyDictionary<string, EntityCounts> PerType { get; }

    /// <summary>The fraction of the predicted entities that are right (micro average).</summary>
    public double Precision => Overall.Precision;

    /// <summary>The fraction of the true entities that are predicted (micro average).</summary>
    public double Recall => Overall.Recall;

    /// <summary>The harmonic mean of precision and recall (micro average).</summary>
    public double F1 => Overall.F1;

    /// <summary>The mean F1 of the types; NaN if there are none.</summary>
    public double MacroF1 => PerType.Count == 0 ? double.NaN : PerType.Values.Average(counts => counts.F1);

    /// <summary>The fraction of words with the right label; NaN if entities are given by their characters.</summary>
    public double WordAccuracy { get; }

    /// <summary>Formats the metrics as a table, with a line for each type and one for all.</summary>
    public override string ToString()
    {
        int width = PerType.Keys.Append("all").Max(type => type.Length);
        var table = new StringBuilder().Append(' ', width).Append("  precision  recall      F1  entities\n");
        foreach ((string type, EntityCounts counts) in PerType.Append(new("all", Overall)))
        {
            table.Append(type.PadRight(width)).Append(CultureInfo.InvariantCulture,
                $"  {counts.Precision,9:F4}  {counts.Recall,6:F4}  {counts.F1,6:F4}  {counts.Actual,8}\n");
        }
        return table.ToString();
    }
}
