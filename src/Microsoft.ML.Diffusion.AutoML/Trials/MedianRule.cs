namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// Finds trials to stop early: those whose best loss up to some point is worse than the median of the other trials' best loss up to that
/// point. Golovin et al., "Google Vizier" (2017), use the other trials' running means.
/// </summary>
internal static class MedianRule
{
    /// <summary>Whether a trial is worse than the median and should stop.</summary>
    /// <param name="earlier">The earlier trials; failed ones do not count.</param>
    /// <param name="least">The number of them that must have reached the point.</param>
    /// <param name="points">The trial's measurements so far.</param>
    public static bool ShouldStop(IEnumerable<TrialRecord> earlier, int least, IReadOnlyList<TrialPoint> points)
    {
        double position = points[^1].Position;
        double[] others =
            [.. earlier.Where(trial => trial.Status != TrialStatus.Failed && trial.Points.Any(point => point.Position <= position))
            .Select(trial => trial.Points.Where(point => point.Position <= position).Min(point => point.Loss)).Order()];
        if (others.Length < Math.Max(least, 1))
            return false;
        double median = (others[(others.Length - 1) / 2] + others[others.Length / 2]) / 2;
        return points.Min(point => point.Loss) > median;
    }
}
