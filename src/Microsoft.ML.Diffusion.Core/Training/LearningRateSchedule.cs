namespace Microsoft.ML.Diffusion.Training;

/// <summary>The learning rate at each step: a linear warm-up, then the decay.</summary>
internal static class LearningRateSchedule
{
    /// <param name="options">The options.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">The number of steps.</param>
    public static double At(TrainingOptions options, long step, long steps)
    {
        if (options.BertAdam)
            return AsBertAdam(options, step, steps);
        double warmUp = options.WarmUp * steps;
        if (step + 1 <= warmUp)
            return options.LearningRate * (step + 1) / warmUp;
        return options.LearningRate * Left(options.Decay, steps > warmUp ? Math.Clamp((step - warmUp) / (steps - warmUp), 0, 1) : 1);
    }

    private static double AsBertAdam(TrainingOptions options, long step, long steps)
    {
        long warmUp = (long)(options.WarmUp * steps);
        return options.LearningRate * (step < warmUp ? (double)step / warmUp : Left(options.Decay, (double)step / steps));
    }

    /// <summary>The fraction of the rate that remains after a fraction of the decay.</summary>
    private static double Left(RateDecay decay, double done) => decay switch
    {
        RateDecay.Linear => 1 - done,
        RateDecay.Cosine => 0.5 * (1 + Math.Cos(Math.PI * done)),
        _ => 1,
    };
}
