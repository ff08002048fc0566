namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// Where a training stands between two steps: all of it but the arrays. Randomness has no state of its own: every draw is a
/// function of the seed and of these counters.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>Steps done.</summary>
    public long Step { get; init; }

    /// <summary>Steps in which the weights changed: those with something to learn from.</summary>
    public long Updates { get; init; }

    /// <summary>Batches done.</summary>
    public long Batches { get; init; }

    /// <summary>The epoch of the next batch, and the number of that batch in it.</summary>
    public long Epoch { get; init; }

    /// <inheritdoc cref="Epoch"/>
    public int NextBatch { get; init; }

    /// <summary>Whether the last step ended an epoch.</summary>
    public bool EpochEnded { get; init; }

    /// <summary>Tokens seen.</summary>
    public long Tokens { get; init; }

    /// <summary>The losses since the last report, and how many.</summary>
    public double LossSum { get; init; }

    /// <inheritdoc cref="LossSum"/>
    public int Losses { get; init; }

    /// <summary>The loss of the first step that had one, before any weight changed; null before that step.</summary>
    public double? FirstLoss { get; init; }

    /// <summary>The highest loss of a step; null before there is one.</summary>
    public double? HighestLoss { get; init; }

    /// <summary>The step after which what had to be validated and reported was.</summary>
    public long ReportedStep { get; init; }

    /// <summary>The step of the best validation; 0 where there was none.</summary>
    public long BestStep { get; init; }

    /// <summary>The deciding metric there.</summary>
    public double BestValue { get; init; }

    /// <summary>Validations since one that was an improvement.</summary>
    public int Unimproved { get; init; }

    /// <summary>Why it stopped; null while it goes on.</summary>
    public TrainingStop? Stop { get; init; }

    /// <summary>Time spent.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The reports so far; it only grows, and all states of a run share it.</summary>
    public List<TrainingProgress> Rows { get; init; } = [];
}
