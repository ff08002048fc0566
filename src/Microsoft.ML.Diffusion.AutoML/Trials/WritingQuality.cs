namespace Microsoft.ML.Diffusion;

/// <summary>Compares written texts with the real texts that followed the same prompts.</summary>
/// <param name="BitsPerCharacter">
/// The pseudo-log-likelihood of the written texts under the judge, given their prompts: their plausibility. See
/// <see cref="PseudoLikelihood"/>.
/// </param>
/// <param name="RealBitsPerCharacter">The same for the real texts.</param>
/// <param name="TokenEntropy">
/// The entropy of the tokens of all written texts, in bits per character of real text: their variety. See
/// <see cref="TextMeasures.PooledEntropy{T}"/>.
/// </param>
/// <param name="RealTokenEntropy">The same for as many tokens of the real texts.</param>
/// <param name="RepetitionRate">The share of runs of four tokens that occurred earlier in their text.</param>
public sealed record WritingQuality(double BitsPerCharacter, double RealBitsPerCharacter, double TokenEntropy, double RealTokenEntropy,
    double RepetitionRate)
{
    /// <summary>
    /// The distance to real text, in bits per character: the difference in plausibility, in either direction, plus the lack of variety; 0
    /// is equal to real text.
    /// </summary>
    /// <remarks>
    /// Plausibility alone would reward repetition and stock phrases: the most likely text repeats itself, and real text is not the most
    /// likely (Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020; Zhang et al., "Trading Off Diversity and Quality",
    /// 2021). So text that is more plausible than real text counts as far off as text that is less plausible, and a lack of variety is
    /// added. More variety than in real text is not added again, because it already makes the text less plausible.
    /// </remarks>
    public double Distance => Math.Abs(BitsPerCharacter - RealBitsPerCharacter) + Math.Max(0, RealTokenEntropy - TokenEntropy);
}
