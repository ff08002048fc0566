namespace Microsoft.ML.Diffusion.Training;

/// <summary>The learning rate at each step: a linear rise, then the decay.</summary>
internal static class LearningRate
{
    /// <param name="options">The options.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">The number of steps.</param>
    public static double At(TrainingOptions options, long step, long steps)
    {
        double warmUp = options.WarmUp * steps;
        if (step + 1 <= warmUp)
            return options.LearningRate * (step + 1) / warmUp;
        double done = steps > warmUp ? Math.Clamp((step - warmUp) / (steps - warmUp), 0, 1) : 1;
        return options.LearningRate * options.Decay switch
        {
            RateDecay.Linear => 1 - done,
            RateDecay.Cosine => 0.5 * (1 + Math.Cos(Math.PI * done)),
            _ => 1,
        };
    }
}
