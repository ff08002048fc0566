using System.Globalization;

namespace Microsoft.ML.Diffusion;

/// <summary>The progress of a sweep.</summary>
/// <param name="Trial">The trial that has just ended, or was read from the file of trials.</param>
/// <param name="Best">The best trial so far; null if none is complete.</param>
/// <param name="Done">The number of trials that have ended.</param>
public sealed record SweepProgress(TrialRecord Trial, TrialRecord? Best, int Done)
{
    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"trial {Trial.Id}: " +
            $"{(Trial.Error is null ? $"{Trial.MetricName} {Trial.Metric:F4}{(Trial.Status == TrialStatus.Completed ? "" : $" ({Trial.Status})")}" : $"failed: {Trial.Error}")}; {Trial.Settings}; best {(Best is null ? "none" : $"{Best.Metric:F4} (trial {Best.Id})")}");
}
