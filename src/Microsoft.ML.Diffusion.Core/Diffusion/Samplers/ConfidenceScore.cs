namespace Microsoft.ML.Diffusion;

/// <summary>
/// How certain the denoiser is of a position: a function of the position's whole distribution, never of the token drawn from it, which
/// would distort the distribution even with a perfect denoiser.
/// </summary>
public enum ConfidenceScore
{
    /// <summary>p₁, the greatest probability. Chang et al., "MaskGIT" (2022).</summary>
    MaxProbability,

    /// <summary>p₁ − p₂, the greatest probability less the second. Kim et al., "Train for the Worst, Plan for the Best" (2025).</summary>
    Margin,

    /// <summary>Σ p·log p, the negative entropy: the least uncertain first. Ye et al., "Dream 7B" (2025).</summary>
    NegativeEntropy,

    /// <summary>No score: positions are in random order.</summary>
    Random,
}
