namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// The state of a training between two steps, except the arrays. Randomness has no state of its own: every draw depends on the seed and on
/// these counters.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>The number of completed steps.</summary>
    public long Step { get; init; }

    /// <summary>The number of steps that changed the weights: those with something to learn from.</summary>
    public long Updates { get; init; }

    /// <summary>The number of completed batches.</summary>
    public long Batches { get; init; }

    /// <summary>The epoch of the next batch, and the number of that batch in it.</summary>
    public long Epoch { get; init; }

    /// <inheritdoc cref="Epoch"/>
    public int NextBatch { get; init; }

    /// <summary>Whether the last step ended an epoch.</summary>
    public bool EpochEnded { get; init; }

    /// <summary>The number of tokens so far.</summary>
    public long Tokens { get; init; }

    /// <summary>The losses since the last report, and their number.</summary>
    public double LossSum { get; init; }

    /// <inheritdoc cref="LossSum"/>
    public int Losses { get; init; }

    /// <summary>The loss of the first step that had one, before any weight changed; null before that step.</summary>
    public double? FirstLoss { get; init; }

    /// <summary>The highest loss of a step; null before there is one.</summary>
    public double? HighestLoss { get; init; }

    /// <summary>The last step whose validation and report, if due, are done.</summary>
    public long ReportedStep { get; init; }

    /// <summary>The step of the best validation; 0 if there was none.</summary>
    public long BestStep { get; init; }

    /// <summary>The deciding metric at that step.</summary>
    public double BestValue { get; init; }

    /// <summary>The number of validations since the last improvement.</summary>
    public int Unimproved { get; init; }

    /// <summary>Why it stopped; null while it runs.</summary>
    public TrainingStop? Stop { get; init; }

    /// <summary>The training time.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The reports so far; the list only grows, and all states of a run share it.</summary>
    public List<TrainingProgress> Rows { get; init; } = [];
}
