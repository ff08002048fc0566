using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>The course of a training: a row for each progress report, including those before an interruption.</summary>
public sealed class TrainingReport
{
    // A loss within 2 % of chance is no better than chance; but one below a hundredth is good, however small chance is.
    private const double Margin = 0.98, Least = 0.01;

    private readonly string[] _metrics;

    internal TrainingReport(TrainingState state, double chanceLoss, long resumedAt)
    {
        (Rows, BestStep, Stop, ResumedAt, ChanceLoss) =
            (state.Rows, state.BestStep, state.Stop ?? TrainingStop.Completed, resumedAt, chanceLoss);
        IsWorseThanChance = EndsAbove(Margin * chanceLoss + Least);
        HasRisen = state.HighestLoss > 2 * state.FirstLoss;
        _metrics = [.. Rows.SelectMany(row => row.Validation?.Metrics ?? []).Select(metric => metric.Name).Distinct()];
    }

    /// <summary>The rows, in order of steps.</summary>
    public IReadOnlyList<TrainingProgress> Rows { get; }

    /// <summary>The step with the best validation; 0 if there was no validation.</summary>
    public long BestStep { get; }

    /// <summary>The metrics at <see cref="BestStep"/>; null if there was no validation.</summary>
    public Evaluation? Best => Rows.LastOrDefault(row => row.Step == BestStep).Validation;

    /// <summary>Why the training stopped.</summary>
    internal TrainingStop Stop { get; }

    /// <summary>The step of the snapshot from which this run continued; 0 if it started from the beginning.</summary>
    public long ResumedAt { get; }

    /// <summary>
    /// The loss of the best prediction that is the same for every example; NaN if unknown. See <see cref="TrainingTask.ChanceLoss"/>.
    /// </summary>
    public double ChanceLoss { get; }

    /// <summary>
    /// Whether the loss of the last epoch, and that of the last row, are no better than <see cref="ChanceLoss"/>: above 0.98 of it plus
    /// 0.01. False if it is NaN. This is expected for a short training, or for examples without information; otherwise, at a usual learning
    /// rate, it should not occur.
    /// </summary>
    public bool IsWorseThanChance { get; }

    /// <summary>Whether the loss of any step was more than twice that of the first, which small batches may cause by chance.</summary>
    public bool HasRisen { get; }

    /// <summary>The rows as comma-separated values (RFC 4180), with a header; values that were not measured are empty.</summary>
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

    /// <summary>The rows as a readable table, the best marked with *, and the <see cref="Summary"/>.</summary>
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
                Cell(row.Step), Number(row.Epoch, "F2"), Cell(row.Tokens), Number(row.Elapsed.TotalSeconds, "F1"), Number(row.Loss, "F4"),
                Number(row.Rate, "G3"),
                .. _metrics.Select(name => row.Validation?.Metrics.FirstOrDefault(metric => metric.Name == name) is {
                    Name: not null } metric ? Number(metric.Value, "F4") : ""),
                row.Step == BestStep ? "*" : "",
            ];
        }

        string Number(double value, string shortened) => double.IsNaN(value) ? ""
            : value.ToString(full ? "R" : shortened, CultureInfo.InvariantCulture);

        static string Cell(long value) => value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? '"' + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + '"' : cell;
}
