using System.Globalization;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How often each class was taken for which: a row for each true class, a column for each predicted one.</summary>
public sealed class ConfusionMatrix
{
    private readonly IHost _host;
    private readonly string[] _names;

    internal ConfusionMatrix(
        IHost host, double[] precision, double[] recall, double[][] confusionTableCounts, List<ReadOnlyMemory<char>> labelNames, bool isSampled, bool isBinary)
    {
        _host = host;
        _names = [.. labelNames.Select(name => name.ToString())];
        (PerClassPrecision, PerClassRecall, Counts) = (precision, recall, confusionTableCounts);
    }

    public IReadOnlyList<double> PerClassPrecision { get; }
    public IReadOnlyList<double> PerClassRecall { get; }
    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }
    public int NumberOfClasses => Counts.Count;

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        Check(predictedClassIndicatorIndex, nameof(predictedClassIndicatorIndex));
        Check(actualClassIndicatorIndex, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];

        void Check(int index, string name) =>
            _host.CheckParam(index >= 0 && index < NumberOfClasses, name, "Invalid index. Should be non-negative, less than the number of classes.");
    }

    /// <summary>Names that are wider than a column stand at the rows alone, with the numbers that head the columns.</summary>
    public string GetFormattedConfusionTable()
    {
        int width = NumberOfClasses == 2 ? 8 : 5, digits = $"{NumberOfClasses - 1}".Length;
        bool numbered = _names.Max(name => name.Length) > width;
        int nameWidth = Math.Max(_names.Max(name => name.Length), numbered ? 9 - digits - 2 : 9);
        string[] rows = [.. _names.Select((name, i) => numbered ? $"{$"{i}".PadLeft(digits)}. {name.PadLeft(nameWidth)}" : name.PadLeft(nameWidth))];
        string line = string.Concat(Enumerable.Repeat(NumberOfClasses > 2 ? "========" : "===========", NumberOfClasses));
        var table = new StringBuilder().AppendLine().AppendLine("Confusion table");
        Append("", line);
        Append("PREDICTED", string.Concat(_names.Select((name, i) => $" {(numbered ? $"{i}" : name).PadLeft(width)} |")) + " Recall");
        Append("TRUTH", line);
        for (int i = 0; i < NumberOfClasses; i++)
        {
            string counts = string.Concat(Counts[i].Select(count => $" {count.ToString("N0", CultureInfo.CurrentCulture).PadLeft(width)} |"));
            table.AppendLine(CultureInfo.CurrentCulture, $"{rows[i]} ||{counts} {PerClassRecall[i],5:F4}");
        }
        Append("", line);
        Append("Precision", string.Concat(PerClassPrecision.Select(p => $"{p.ToString("N4", CultureInfo.CurrentCulture).PadLeft(width + 1)} |")));
        return table.ToString();

        void Append(string head, string cells) => table.AppendLine($"{head.PadRight(rows[0].Length)} ||{cells}");
    }
}
