using Microsoft.ML.Diffusion.MaskFilling;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>How masks are filled.</summary>
public sealed record MaskFillingSettings
{
    private const int ShortestSequence = 3;

    /// <summary>The number of candidates for a mask; with fewer <see cref="Targets"/>, as many as there are targets.</summary>
    public int TopK { get; init; } = 5;

    /// <summary>
    /// The only words that are ranked; null for all tokens of the vocabulary. Their probabilities are those in the whole vocabulary. A word
    /// must be one token as it stands after a space: <c>cat</c>. A token that is not a word is given as the vocabulary spells it:
    /// <c>##ing</c>, <c>[UNK]</c>.
    /// </summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>The maximum number of tokens of a text, opening and closing token included; a longer text is cut at the end.</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>The most tokens of several texts in one denoiser batch; a longer text runs alone. It does not change results.</summary>
    public int TokenBudget { get; init; } = 2048;

    /// <summary>Throws if a setting is invalid.</summary>
    /// <param name="tokenizer">The tokenizer of the model, which has the tokens that are ranked.</param>
    /// <exception cref="ArgumentException">A setting is out of range, or a target is not one token; the message names it.</exception>
    public void Validate(Tokenizer tokenizer) => _ = FindRanked(tokenizer);

    /// <summary>The ids that are ranked, after a check of all settings.</summary>
    internal int[] FindRanked(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (MaxLength < ShortestSequence)
            throw new ArgumentException(
                $"MaxLength is {MaxLength}. Give the number of tokens that a text may have, {ShortestSequence} (the opening and the " +
                "closing token, and one of text) or more.");
        if (TokenBudget < 1)
            throw new ArgumentException($"TokenBudget is {TokenBudget}. Give 1 or more; 2048 is usual.");
        int[] tokens = TargetTokens.All(tokenizer);
        if (TopK < 1 || TopK > tokens.Length)
            throw new ArgumentException(
                $"TopK is {TopK}. Give the number of candidates for a mask, 1 to {tokens.Length}, the number of the model's tokens.");
        return Targets is null ? tokens : TargetTokens.Find(tokenizer, Targets);
    }
}
