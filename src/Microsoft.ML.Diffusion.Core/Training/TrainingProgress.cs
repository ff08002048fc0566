namespace Microsoft.ML.Diffusion.Training;

/// <summary>How far a training has come.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Epoch">How often the examples were seen, with the share of the present round.</param>
/// <param name="Tokens">Tokens seen.</param>
/// <param name="Loss">The mean loss since the last row of the report.</param>
/// <param name="Validation">What was measured on the validation examples, where it just was.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Elapsed">Time spent training, that of runs which this one goes on from included.</param>
/// <param name="Remaining">An estimate of the time left.</param>
public readonly record struct TrainingProgress(
    long Step, long Steps, double Epoch, long Tokens, double Loss, Evaluation? Validation, double Rate, TimeSpan Elapsed, TimeSpan Remaining)
{
    /// <summary>Tokens a second.</summary>
    public double TokensPerSecond => Tokens / Math.Max(1e-9, Elapsed.TotalSeconds);

    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"step {Step}/{Steps}, {Tokens / 1e6:F2} M tokens, loss {Loss:F4}{(Validation is Evaluation v ? $", validation: {v}" : "")}, rate {Rate:G3}, {TokensPerSecond:F0} tokens/s, {Clock(Elapsed)} gone, {Clock(Remaining)} left");

    /// <summary>Hours, which may be more than a day's, minutes and seconds.</summary>
    private static string Clock(TimeSpan time) => $"{(long)time.TotalHours:00}:{time:mm\\:ss}";
}
