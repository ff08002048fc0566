using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders.Heads;

/// <summary>How a family builds the head of a task: [dropout] [linear, activation] [normalisation] [dropout] linear.</summary>
internal sealed record TaskHeadArchitecture
{
    /// <summary>The dropout rate in front of everything, while training.</summary>
    public double FirstDropout { get; init; }

    /// <summary>The checkpoint's name of the linear layer before the last; null where there is none.</summary>
    public string? Dense { get; init; }

    /// <summary>Whether that layer has a bias.</summary>
    public bool DenseBias { get; init; } = true;

    /// <summary>What follows that layer.</summary>
    public Activation Activation { get; init; }

    /// <summary>The checkpoint's name of the normalisation after it; null where there is none.</summary>
    public string? Norm { get; init; }

    /// <summary>The dropout rate in front of the last layer, while training.</summary>
    public double LastDropout { get; init; }

    /// <summary>The checkpoint's name of the last layer.</summary>
    public required string Output { get; init; }
}
