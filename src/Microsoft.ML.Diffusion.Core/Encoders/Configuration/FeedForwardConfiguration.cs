using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The feed-forward half of an encoder's layers.</summary>
public sealed record FeedForwardConfiguration
{
    /// <summary>The inner width (of each half, if gated).</summary>
    public required int Width { get; init; }

    /// <summary>The inner activation.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether the linear layers have biases.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The dropout rate of its output, in training; null if the family has none there.</summary>
    public double? Dropout { get; init; } = 0;
}
