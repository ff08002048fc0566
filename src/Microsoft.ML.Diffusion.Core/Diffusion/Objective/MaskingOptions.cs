using Microsoft.ML.Diffusion.Objective;

namespace Microsoft.ML.Diffusion;

/// <summary>What a <see cref="MaskingObjective"/> masks and how it weights it.</summary>
public sealed record MaskingOptions
{
    /// <summary>The schedule that maps times to mask rates.</summary>
    public MaskSchedule Schedule { get; init; } = MaskSchedule.Linear;

    /// <summary>The weights of masked tokens in the loss.</summary>
    public LossWeighting Weighting { get; init; } = LossWeighting.Nelbo;

    /// <summary>
    /// The smallest time drawn, ε. It limits the weight (1/ε under <see cref="MaskSchedule.Linear"/>); the loss omits the part of the bound
    /// below ε, which is about ε of it.
    /// </summary>
    public double MinTime { get; init; } = 1e-3;

    /// <summary>
    /// The largest time drawn. If it is below 1, the loss is not a bound.
    /// </summary>
    public double MaxTime { get; init; } = 1;

    /// <summary>
    /// T, the steps of discrete time: a time is rounded up to k/T, and the weight is T·(α(t − 1/T) − α(t)) / (1 − α(t)), the bound of
    /// Sohl-Dickstein et al. and Austin et al. (D3PM, 2021), which falls to the continuous one as T grows. 0: continuous time, or the
    /// number of rates in a discrete schedule.
    /// </summary>
    public int Steps { get; init; }

    /// <summary>
    /// ε of label smoothing, in [0, 1): the loss of a masked token is −(1 − ε)·log p(token) − ε·(mean of log p over the vocabulary). If it
    /// is above 0, the loss is not a bound. Szegedy et al. (2016).
    /// </summary>
    public double LabelSmoothing { get; init; }

    /// <summary>
    /// The share of sequences, in [0, 1], with a beginning of random length that is never masked, in addition to the given tokens. It
    /// trains the model on prompts of every length. The length is uniform over 0 … the last maskable position.
    /// </summary>
    public double PrefixShare { get; init; }

    /// <summary>
    /// The share of sequences, in [0, 1], that are cut to a random length, closing tokens preserved: a model trained on one length only
    /// writes badly at others. .01 is usual; Nie et al. (LLaDA, 2025). The length is uniform over 1 … all.
    /// </summary>
    public double RandomLengthShare { get; init; }

    /// <summary>
    /// The weight of a token by its id, 0 or more, in addition to its time's weight, such as a greater number for rare tokens; null for 1
    /// each. The loss is the mean over these weights, so their scale does not matter. A token of weight 0 is masked but not predicted.
    /// </summary>
    public Func<int, double>? TokenWeight { get; init; }

    /// <summary>The seed of times and masks.</summary>
    public ulong Seed { get; init; }

    /// <summary>Throws if an option is invalid.</summary>
    /// <exception cref="ArgumentException">An option, named in the message with what was expected, is out of range.</exception>
    public void Validate()
    {
        if (Schedule is null)
            throw new ArgumentException("Schedule is null. Use MaskSchedule.Linear or another schedule.");
        if (!Enum.IsDefined(Weighting))
            throw new ArgumentException($"Weighting is {Weighting}. Use LossWeighting.Nelbo or LossWeighting.Uniform.");
        if (Weighting == LossWeighting.Nelbo && !Schedule.IsMonotone)
            throw new ArgumentException(
                $"Under {Schedule.Name} the mask rate falls somewhere, and the NELBO's weight is negative there. Use " +
                "LossWeighting.Uniform.");
        if (Steps < 0)
            throw new ArgumentException($"Steps is {Steps}. Give the number of steps of discrete time, or 0 for continuous time.");
        if (!(LabelSmoothing >= 0 && LabelSmoothing < 1))
            throw new ArgumentException($"LabelSmoothing is {LabelSmoothing}. Give 0 for none, or a number below 1; 0.1 is usual.");
        if (!(PrefixShare >= 0 && PrefixShare <= 1))
            throw new ArgumentException($"PrefixShare is {PrefixShare}. Give the share of sequences with an unmasked beginning, 0 to 1.");
        if (!(RandomLengthShare >= 0 && RandomLengthShare <= 1))
            throw new ArgumentException(
                $"RandomLengthShare is {RandomLengthShare}. Give the share of sequences that are cut to a random length, 0 to " +
                "1; 0.01 is usual.");
        if (!(MinTime >= 0 && MinTime < MaxTime && MaxTime <= 1))
            throw new ArgumentException(
                $"MinTime is {MinTime} and MaxTime is {MaxTime}. Times run from 0 (clean) to 1 (all masked) and MinTime must be below " +
                "MaxTime; MinTime = 0.001 and MaxTime = 1 are usual.");
    }
}
