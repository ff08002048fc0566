using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>The results of a sweep's trials.</summary>
public sealed partial class SweepReport
{
    internal SweepReport(IReadOnlyList<TrialRecord> trials)
    {
        Trials = trials;
        Best = Completed.FirstOrDefault();
        Front = [.. FindFront(trials)];
    }

    /// <summary>The trials, in order.</summary>
    public IReadOnlyList<TrialRecord> Trials { get; }

    /// <summary>The best of the complete trials, which is the one that AutoML returns; null if there is none.</summary>
    public TrialRecord? Best { get; }

    /// <summary>
    /// The front of quality against cost, from the cheapest on: the trials for which no completely measured trial is better at the same or
    /// fewer calls of the denoiser. Trials over the budget are included. Empty if trials have no such cost.
    /// </summary>
    public IReadOnlyList<TrialRecord> Front { get; }

    /// <summary>A table in Markdown, the best trial first. Trials on the front are marked with a star, and times are as measured.</summary>
    public string ToMarkdown()
    {
        TrialRecord? named = Trials.FirstOrDefault(trial => trial.MetricName.Length > 0);
        bool hasCalls = Trials.Any(trial => trial.Calls is not null);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"| trial | {named?.MetricName ?? "metric"} |{(hasCalls ? " calls a text | front |" : "")} ms | how it ended | settings |\n");
        text.Append(CultureInfo.InvariantCulture, $"|--:|--:|{(hasCalls ? "--:|:-:|" : "")}--:|---|---|\n");
        foreach (TrialRecord trial in Completed.Concat(Trials.Where(trial => trial.Status != TrialStatus.Completed)))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"| {trial.Id} | {(double.IsNaN(trial.Metric) ? "" : trial.Metric.ToString("F4", CultureInfo.InvariantCulture))} |");
            if (hasCalls)
                text.Append(CultureInfo.InvariantCulture, $" {trial.Calls:F1} | {(Front.Contains(trial) ? "★" : "")} |");
            text.Append(CultureInfo.InvariantCulture,
                $" {trial.Milliseconds:F0} | {trial.Status}{(trial.Error is null ? "" : $": {OneCell(trial.Error)}")} | " +
                $"{OneCell(trial.Settings)} |\n");
        }
        return text.ToString();
    }

    private IEnumerable<TrialRecord> Completed => Trials.Where(trial => trial.Status == TrialStatus.Completed && !double.IsNaN(trial.Loss))
        .OrderBy(trial => trial.Loss).ThenBy(trial => trial.Id);

    private static IEnumerable<TrialRecord> FindFront(IReadOnlyList<TrialRecord> trials)
    {
        double least = double.PositiveInfinity;
        foreach (TrialRecord trial in
            trials.Where(trial => trial.Status is TrialStatus.Completed or TrialStatus.OverBudget && trial.Calls is not null)
            .OrderBy(trial => trial.Calls).ThenBy(trial => trial.Loss).ThenBy(trial => trial.Id))
        {
            if (!(trial.Loss < least))
                continue;
            least = trial.Loss;
            yield return trial;
        }
    }

    private static string OneCell(string text) => text.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
