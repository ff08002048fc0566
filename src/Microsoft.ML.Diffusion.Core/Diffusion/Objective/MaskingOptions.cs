using Microsoft.ML.Diffusion.Objective;

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
    /// The largest time drawn. Below 1 the loss is not a bound.
    /// </summary>
    public double MaxTime { get; init; } = 1;

    /// <summary>
    /// T, the steps of discrete time: a time is rounded up to k/T, and the weight is T·(α(t − 1/T) − α(t)) / (1 − α(t)), Sohl-Dickstein
    /// et al.'s and Austin et al.'s (D3PM, 2021) bound, which falls to the continuous one as T grows. 0: continuous time, or as many as
    /// the schedule is a list of.
    /// </summary>
    public int Steps { get; init; }

    /// <summary>
    /// ε of label smoothing, in [0, 1): the loss of a masked token is −(1 − ε)·log p(token) − ε·(mean of log p over the vocabulary). Above 0
    /// the loss is no bound. Szegedy et al. (2016).
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// The share of sequences, in [0, 1], of which a beginning of random length is never masked, in addition to what is given: a model
    /// taught so has seen prompts of every length. The length is even over 0 … the last position that could be masked.
    /// </summary>
    public double PrefixShare { get; init; }

    /// <summary>
    /// The share of sequences, in [0, 1], that are cut to a random length, their closing tokens kept: a model that only ever saw one
    /// length writes badly at others. .01 is usual; Nie et al. (LLaDA, 2025). The length is even over 1 … all.
    /// </summary>
    public double RandomLengthShare { get; init; }

    /// <summary>
    /// What a token weighs beside its time's weight, 0 or more by id, such as a greater number for rare tokens; null: 1 each. The mean is
    /// taken over these weights, so their scale does not matter. A token of weight 0 is masked and not asked for.
    /// </summary>
    public Func<int, double>? TokenWeight { get; init; }

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
        if (Weighting == LossWeighting.Nelbo && !Schedule.IsMonotone)
            throw new ArgumentException($"Under {Schedule.Name} the mask rate falls somewhere, and the NELBO's weight is negative there. Use LossWeighting.Uniform.");
        if (Steps < 0)
            throw new ArgumentException($"Steps is {Steps}. Give the number of steps of discrete time, or 0 for continuous time.");
        if (!(LabelSmoothing >= 0 && LabelSmoothing < 1))
            throw new ArgumentException($"LabelSmoothing is {LabelSmoothing}. Give 0 for none, or a number below 1; 0.1 is usual.");
        if (!(PrefixShare >= 0 && PrefixShare <= 1))
            throw new ArgumentException($"PrefixShare is {PrefixShare}. Give the share of sequences that keep a clean beginning, 0 to 1.");
        if (!(RandomLengthShare >= 0 && RandomLengthShare <= 1))
            throw new ArgumentException($"RandomLengthShare is {RandomLengthShare}. Give the share of sequences that are cut to a random length, 0 to 1; 0.01 is usual.");
        if (!(MinTime >= 0 && MinTime < MaxTime && MaxTime <= 1))
            throw new ArgumentException($"MinTime is {MinTime} and MaxTime is {MaxTime}. Times run from 0 (clean) to 1 (all masked) and MinTime must be below MaxTime; MinTime = 0.001, MaxTime = 1 is usual.");
    }
}
