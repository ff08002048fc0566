using Microsoft.ML.Diffusion.Encoders;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a question and its context are split into inputs within a model's maximum. All counts are in tokens.</summary>
public sealed record QuestionWindowOptions
{
    /// <summary>The longest input, special tokens included. Default: 384.</summary>
    public int MaxTokens { get; init; } = 384;

    /// <summary>
    /// The number of context tokens that a window shares with the next. Google's <c>doc_stride</c> is different: the number of tokens by
    /// which a window advances. Default: 128.
    /// </summary>
    public int StrideOverlap { get; init; } = 128;

    /// <summary>A longer question is truncated to its first tokens. Default: 64.</summary>
    public int MaxQuestionTokens { get; init; } = 64;

    /// <summary>Special tokens before the question. Default: 1, as in <c>[CLS] question [SEP] context [SEP]</c>.</summary>
    public int SpecialTokensBefore { get; init; } = 1;

    /// <summary>
    /// Special tokens between the question and the context. Default: 1; RoBERTa has 2. <see cref="EncoderFamily.SeparatorsOf"/> gives a
    /// tokenizer's.
    /// </summary>
    public int SpecialTokensBetween { get; init; } = 1;

    /// <summary>Special tokens after the context. Default: 1.</summary>
    public int SpecialTokensAfter { get; init; } = 1;

    /// <summary>Checks that a window always has room to advance.</summary>
    /// <exception cref="ArgumentException">A count or the longest input is too small.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(StrideOverlap);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxQuestionTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(SpecialTokensBefore, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(SpecialTokensBetween);
        ArgumentOutOfRangeException.ThrowIfNegative(SpecialTokensAfter);
        long needed = (long)SpecialTokensBefore + SpecialTokensBetween + SpecialTokensAfter + MaxQuestionTokens + StrideOverlap + 1;
        if (MaxTokens < needed)
            throw new ArgumentException(
                $"MaxTokens is {MaxTokens}; expected at least {needed}: MaxQuestionTokens ({MaxQuestionTokens}), StrideOverlap " +
                    $"({StrideOverlap}),"
                + $" {SpecialTokensBefore + SpecialTokensBetween + SpecialTokensAfter} special tokens, and one token to advance by."
                + " Raise MaxTokens, or lower StrideOverlap or MaxQuestionTokens.");
    }
}
