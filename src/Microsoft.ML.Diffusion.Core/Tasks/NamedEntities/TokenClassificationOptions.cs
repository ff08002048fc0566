namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Options of the loss of labeled words.</summary>
public sealed record TokenClassificationOptions
{
    /// <summary>
    /// The weight of each label's words in the loss relative to the others, [labels]; empty for 1. See
    /// <see cref="Tasks.ClassWeights.Normalize"/>.
    /// </summary>
    public IReadOnlyList<float> ClassWeights { get; init; } = [];

    /// <summary>The share of the target's probability that is spread evenly over all labels, from 0 to below 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How words are labeled for evaluation.</summary>
    public TokenClassifierOptions Prediction { get; init; } = new();
}
