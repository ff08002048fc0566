using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The feed-forward half of an encoder's layers.</summary>
public sealed record FeedForwardConfiguration
{
    /// <summary>The width inside (of each half, where it is gated).</summary>
    public required int Width { get; init; }

    /// <summary>The activation inside.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether the linear layers have biases.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The dropout rate of what it adds, while training; null where the family drops nothing there.</summary>
    public double? Dropout { get; init; } = 0;
}
