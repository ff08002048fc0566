namespace Microsoft.ML.Diffusion.Training;

/// <summary>The progress of a training.</summary>
/// <param name="Step">The number of completed steps.</param>
/// <param name="Steps">The total number of steps.</param>
/// <param name="Epoch">The number of epochs so far, including the fraction of the current one.</param>
/// <param name="Tokens">The number of tokens so far.</param>
/// <param name="Loss">The mean loss since the last row of the report.</param>
/// <param name="Validation">The metrics on the validation examples, if they were just measured.</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Elapsed">The training time, including that of runs that this one continues.</param>
/// <param name="Remaining">An estimate of the time left.</param>
public readonly record struct TrainingProgress(
    long Step, long Steps, double Epoch, long Tokens, double Loss, Evaluation? Validation, double Rate, TimeSpan Elapsed,
    TimeSpan Remaining)
{
    /// <summary>Tokens per second.</summary>
    public double TokensPerSecond => Tokens / Math.Max(1e-9, Elapsed.TotalSeconds);

    /// <summary>One line for a log.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"step {Step}/{Steps}, {Tokens / 1e6:F2} M tokens, loss {Loss:F4}{(Validation is Evaluation v ? $", validation: {v}" : "")}, rate " +
            $"{Rate:G3}, {TokensPerSecond:F0} tokens/s, {Clock(Elapsed)} gone, {Clock(Remaining)} left");

    /// <summary>Hours (possibly more than 24), minutes and seconds.</summary>
    private static string Clock(TimeSpan time) => $"{(long)time.TotalHours:00}:{time:mm\\:ss}";
}
