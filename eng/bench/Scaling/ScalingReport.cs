using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The growth of the time with the sequences' length and their number: a plot and a table.</summary>
internal static class ScalingReport
{
    public static string ToSvg(EncoderSize size, string engine, IReadOnlyList<ScalingPoint> points)
    {
        IGrouping<int, ScalingPoint>[] lines = [.. points.GroupBy(point => point.Batch).OrderBy(line => line.Key)];
        PlotPoint[][] Lines(Func<ScalingPoint, double> figure) =>
            [.. lines.Select(line => line.OrderBy(point => point.Length)
                .Select(point => new PlotPoint(point.Length, figure(point))).ToArray())];
        return new LinePlot(
            string.Create(CultureInfo.InvariantCulture, $"The encoder's time, size {size.Name} ({size.Layers} × {size.Width}), {engine}"),
            "tokens in a sequence",
            [.. lines.Select(line => $"{line.Key} {(line.Key == 1 ? "sequence" : "sequences")}")], "peak of multiply-adds",
            [new("milliseconds for the batch, median", null, Lines(point => point.Milliseconds), IsLogarithmic: true),
                new("share of the peak of multiply-adds", 1, Lines(point => point.OfPeak))]).ToSvg();
    }

    /// <summary>Milliseconds, and the share of the peak, in Markdown: a row for each length, a column for each batch.</summary>
    public static string ToMarkdown(IReadOnlyList<ScalingPoint> points)
    {
        int[] batches = [.. points.Select(point => point.Batch).Distinct().Order()];
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"| tokens \\ sequences | {string.Join(" | ", batches)} |");
        table.AppendLine($"|---|{string.Concat(batches.Select(_ => "---|"))}");
        foreach (IGrouping<int, ScalingPoint> row in points.GroupBy(point => point.Length).OrderBy(row => row.Key))
        {
            Dictionary<int, ScalingPoint> cells = row.ToDictionary(point => point.Batch);
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.Key} | " +
                $"{string.Join(" | ", batches.Select(batch => cells.TryGetValue(batch, out ScalingPoint point) ? Cell(point) : ""))} |");
        }
        return table.ToString();
    }

    private static string Cell(ScalingPoint point) =>
        string.Create(CultureInfo.InvariantCulture, $"{point.Milliseconds:0.0#} ms, {100 * point.OfPeak:0} %");
}
