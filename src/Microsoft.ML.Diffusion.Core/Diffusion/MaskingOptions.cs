namespace Microsoft.ML.Diffusion;

/// <summary>What a <see cref="MaskingObjective"/> masks and how it weighs it.</summary>
public sealed record MaskingOptions
{
    /// <summary>The schedule whose mask rates the times stand for.</summary>
    public MaskSchedule Schedule { get; init; } = MaskSchedule.Linear;

    /// <summary>How masked tokens weigh in the loss.</summary>
    public LossWeighting Weighting { get; init; } = LossWeighting.Nelbo;

    /// <summary>
    /// The smallest time drawn, ε. It bounds the weight (1/ε under <see cref="MaskSchedule.Linear"/>); the loss leaves out
    /// what the bound has below it, about ε of it.
    /// </summary>
    public double MinTime { get; init; } = 1e-3;

    /// <summary>
    /// The largest time drawn. Under <see cref="MaskSchedule.Linear"/> times are mask rates, so MinTime = .3 and MaxTime = .8 are
    /// the clipped rates of Arriola et al., "Block Diffusion" (BD3-LM, 2025): for training only, never for a bound.
    /// </summary>
    public double MaxTime { get; init; } = 1;

    /// <summary>The seed of times and masks.</summary>
    public ulong Seed { get; init; }

    /// <summary>Fails where an option makes no sense.</summary>
    /// <exception cref="ArgumentException">An option, named in the message with what was expected, is out of range.</exception>
    public void Validate()
    {
        if (Schedule is null)
            throw new ArgumentException("Schedule is null. Use MaskSchedule.Linear or another schedule.");
        if (!Enum.IsDefined(Weighting))
            throw new ArgumentException($"Weighting is {Weighting}. Use LossWeighting.Nelbo or LossWeighting.Uniform.");
        if (!(MinTime >= 0 && MinTime < MaxTime && MaxTime <= 1))
            throw new ArgumentException($"MinTime is {MinTime} and MaxTime is {MaxTime}. Times run from 0 (clean) to 1 (all masked) and MinTime must be below MaxTime; MinTime = 0.001, MaxTime = 1 is usual.");
    }
}
