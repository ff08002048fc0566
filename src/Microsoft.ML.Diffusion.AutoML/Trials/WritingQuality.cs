namespace Microsoft.ML.Diffusion;

/// <summary>How written texts compare with the real ones that followed the same prompts.</summary>
/// <param name="BitsPerCharacter">
/// The pseudo-log-likelihood of the written texts, given their prompts, under the judge: how plausible they are. See <see cref="PseudoLikelihood"/>.
/// </param>
/// <param name="RealBitsPerCharacter">That of the real texts.</param>
/// <param name="TokenEntropy">The entropy of the tokens of all written texts, in bits per character of real text: how varied they are. See <see cref="TextMeasures.PooledEntropy{T}"/>.</param>
/// <param name="RealTokenEntropy">That of as many tokens of the real texts.</param>
/// <param name="RepetitionRate">The share of runs of four tokens that occurred earlier in their text.</param>
public sealed record WritingQuality(double BitsPerCharacter, double RealBitsPerCharacter, double TokenEntropy, double RealTokenEntropy, double RepetitionRate)
{
    /// <summary>
    /// The distance to real text: by how much the written texts are less or more plausible, and by how much they are less varied, in bits per
    /// character; 0 is as real.
    /// </summary>
    /// <remarks>
    /// Plausibility alone is won by repetition and stock phrases: the most likely text repeats itself, and real text is not the most likely
    /// (Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020; Zhang et al., "Trading Off Diversity and Quality", 2021). So
    /// text that is more plausible than real text is as far off as text that is less, and what it lacks of variety comes on top.
    /// More variety than real text has is not charged again: it shows as less plausibility.
    /// </remarks>
    public double Distance => Math.Abs(BitsPerCharacter - RealBitsPerCharacter) + Math.Max(0, RealTokenEntropy - TokenEntropy);
}
