namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>What the loss of labelled words counts.</summary>
public sealed record TokenClassificationOptions
{
    /// <summary>The weight of each label's words in the loss, beside those of others, [labels]; empty for 1. See <see cref="Tasks.ClassWeights.Normalize"/>.</summary>
    public IReadOnlyList<float> ClassWeights { get; init; } = [];

    /// <summary>The share of the target that is spread evenly over all labels, from 0 to below 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>How words are labelled where the task is evaluated.</summary>
    public TokenClassifierOptions Prediction { get; init; } = new();
}
