namespace Microsoft.ML.Diffusion.Trials;

/// <summary>
/// Tells trials that are not worth going on with: those whose best loss up to some point is worse than the median of the others' best up to
/// there. Golovin et al., "Google Vizier" (2017), who take the others' running means.
/// </summary>
internal static class MedianRule
{
    /// <summary>Whether a trial is worse than the median, and should stop.</summary>
    /// <param name="earlier">The trials before it; those that failed do not count.</param>
    /// <param name="least">How many of them must have come as far.</param>
    /// <param name="points">What the trial measured so far.</param>
    public static bool ShouldStop(IEnumerable<TrialRecord> earlier, int least, IReadOnlyList<TrialPoint> points)
    {
        double position = points[^1].Position;
        double[] others = [.. earlier.Where(trial => trial.Status != TrialStatus.Failed && trial.Points.Any(point => point.Position <= position))
            .Select(trial => trial.Points.Where(point => point.Position <= position).Min(point => point.Loss)).Order()];
        if (others.Length < Math.Max(least, 1))
            return false;
        double median = (others[(others.Length - 1) / 2] + others[others.Length / 2]) / 2;
        return points.Min(point => point.Loss) > median;
    }
}
