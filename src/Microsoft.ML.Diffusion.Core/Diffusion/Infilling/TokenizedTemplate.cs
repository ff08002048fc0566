namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A template as the denoiser reads it.</summary>
/// <param name="pieces">The pieces, [gaps + 1], null where empty.</param>
/// <param name="gaps">The gaps' lengths, all resolved.</param>
/// <param name="words">The required words.</param>
internal sealed class TokenizedTemplate(TemplatePiece?[] pieces, TextGap[] gaps, RequiredWord[] words)
{
    /// <summary>The pieces, [gaps + 1], null where empty.</summary>
    public IReadOnlyList<TemplatePiece?> Pieces => pieces;

    /// <summary>The gaps' lengths.</summary>
    public IReadOnlyList<TextGap> Gaps => gaps;

    /// <summary>The required words.</summary>
    public IReadOnlyList<RequiredWord> Words => words;

    /// <summary>The number of tokens in the pieces.</summary>
    public int PieceTokens { get; } = pieces.Sum(piece => piece?.Tokens.Length ?? 0);

    /// <summary>
    /// The tokens of a required word at an offset, in tokens, in a gap. At the start of a gap the template may already have the space
    /// before it, or need none.
    /// </summary>
    public int[] TokensOf(int word, int gap, int offset) =>
        offset == 0 && (pieces[gap] is TemplatePiece piece ? piece.End is PieceEnd.Space or PieceEnd.Opening : gap == 0)
            ? words[word].BareTokens
            : words[word].Tokens;

    /// <summary>Whether a required word may end where a gap ends: not if a word of the template would continue it.</summary>
    public bool MayEndWithWord(int gap) => pieces[gap + 1] is not { StartsWithWord: true };
}
