namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The layer normalizations of an encoder and its heads.</summary>
public sealed record NormConfiguration
{
    /// <summary>ε.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>Whether they have biases.</summary>
    public bool HasBias { get; init; } = true;
}
