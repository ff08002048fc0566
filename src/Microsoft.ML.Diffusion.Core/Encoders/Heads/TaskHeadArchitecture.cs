using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Heads;

/// <summary>The architecture of a family's task head: [dropout] [linear, activation] [normalization] [dropout] linear.</summary>
internal sealed record TaskHeadArchitecture
{
    /// <summary>The dropout rate before the first layer, in training.</summary>
    public double FirstDropout { get; init; }

    /// <summary>The checkpoint's name of the linear layer before the last; null if there is none.</summary>
    public string? Dense { get; init; }

    /// <summary>Whether that layer has a bias.</summary>
    public bool DenseBias { get; init; } = true;

    /// <summary>The activation after that layer.</summary>
    public Activation Activation { get; init; }

    /// <summary>The checkpoint's name of the normalization after it; null if there is none.</summary>
    public string? Norm { get; init; }

    /// <summary>The dropout rate before the last layer, in training.</summary>
    public double LastDropout { get; init; }

    /// <summary>The checkpoint's name of the last layer.</summary>
    public required string Output { get; init; }
}
