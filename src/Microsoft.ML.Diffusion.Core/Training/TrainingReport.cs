using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>How a training went: a row for each report of progress, those before an interruption included.</summary>
public sealed class TrainingReport
{
    // A loss within 2 % of chance is no better than it; but one below a hundredth is good, however small chance is.
    private const double Margin = 0.98, Least = 0.01;

    private readonly string[] _metrics;

    internal TrainingReport(TrainingState state, double chanceLoss, long resumedAt)
    {
        (Rows, BestStep, Stop, ResumedAt, ChanceLoss) = (state.Rows, state.BestStep, state.Stop ?? TrainingStop.Completed, resumedAt, chanceLoss);
        IsWorseThanChance = EndsAbove(Margin * chanceLoss + Least);
        HasRisen = state.HighestLoss > 2 * state.FirstLoss;
        _metrics = [.. Rows.SelectMany(row => row.Validation?.Metrics ?? []).Select(metric => metric.Name).Distinct()];
    }

    /// <summary>The rows, in order of steps.</summary>
    public IReadOnlyList<TrainingProgress> Rows { get; }

    /// <summary>The step whose validation was best; 0 where nothing was validated.</summary>
    public long BestStep { get; }

    /// <summary>What was measured at <see cref="BestStep"/>; null where nothing was.</summary>
    public Evaluation? Best => Rows.LastOrDefault(row => row.Step == BestStep).Validation;

    /// <summary>Why it stopped.</summary>
    internal TrainingStop Stop { get; }

    /// <summary>The step of the snapshot that this run went on from; 0 where it started afresh.</summary>
    public long ResumedAt { get; }

    /// <summary>What a guess that is the same for every example would lose; NaN where it is not known. See <see cref="TrainingTask.ChanceLoss"/>.</summary>
    public double ChanceLoss { get; }

    /// <summary>
    /// Whether the loss of the last epoch, and that of the last row, are no better than <see cref="ChanceLoss"/>: above 0.98 of it plus 0.01.
    /// False where it is NaN. A training that is short, or whose examples say nothing, may end so; one at a usual learning rate that is neither
    /// does not.
    /// </summary>
    public bool IsWorseThanChance { get; }

    /// <summary>Whether some step's loss was more than twice that of the first. That of small batches may be.</summary>
    public bool HasRisen { get; }

    /// <summary>The rows as comma-separated values (RFC 4180), with a heading; what was not measured is empty.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder();
        foreach (string[] cells in Cells(full: true))
            text.AppendJoin(',', cells.Select(Quoted)).Append('\n');
        return text.ToString();
    }

    /// <summary>Why the training stopped and what its best validation was, in one line.</summary>
    public string Summary => (Stop == TrainingStop.Completed ? "All steps were made." : "Stopped early: validation no longer improved.")
        + (Best is Evaluation best ? string.Create(CultureInfo.InvariantCulture, $" Best validation at step {BestStep}: {best}.") : "");

    /// <summary>The rows as a table for people, the best marked with *, and the <see cref="Summary"/>.</summary>
    public override string ToString()
    {
        string[][] rows = [.. Cells(full: false)];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (string[] row in rows)
            text.AppendJoin("  ", row.Select((cell, column) => cell.PadLeft(widths[column]))).Append('\n');
        return text.Append(Summary).ToString();
    }

    /// <summary>Whether the last row's loss and the last epoch's mean are above a loss; false for NaN.</summary>
    private bool EndsAbove(double loss)
    {
        TrainingProgress[] rows = [.. Rows.Where(row => double.IsFinite(row.Loss))];
        if (rows.Length == 0 || !(rows[^1].Loss > loss))
            return false;
        double sum = 0;
        long steps = 0;
        for (int i = rows.Length - 1; i >= 0 && (steps == 0 || rows[i].Epoch > rows[^1].Epoch - 1); i--)
        {
            long made = rows[i].Step - (i == 0 ? 0 : rows[i - 1].Step);
            sum += made * rows[i].Loss;
            steps += made;
        }
        return sum / steps > loss;
    }

    private IEnumerable<string[]> Cells(bool full)
    {
        yield return ["step", "epoch", "tokens", "seconds", "loss", "rate", .. _metrics, "best"];
        foreach (TrainingProgress row in Rows)
        {
            yield return
            [
                Cell(row.Step), Number(row.Epoch, "F2"), Cell(row.Tokens), Number(row.Elapsed.TotalSeconds, "F1"), Number(row.Loss, "F4"), Number(row.Rate, "G3"),
                .. _metrics.Select(name => row.Validation?.Metrics.FirstOrDefault(metric => metric.Name == name) is { Name: not null } metric ? Number(metric.Value, "F4") : ""),
                row.Step == BestStep ? "*" : "",
            ];
        }

        string Number(double value, string shortened) => double.IsNaN(value) ? "" : value.ToString(full ? "R" : shortened, CultureInfo.InvariantCulture);

        static string Cell(long value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? '"' + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + '"' : cell;
}
