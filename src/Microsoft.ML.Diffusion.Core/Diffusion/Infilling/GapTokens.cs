using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>
/// Which tokens may be written at the edges of a gap so that the text around it reads right: spaces are neither doubled nor missing, and
/// words are not continued by accident.
/// </summary>
internal sealed class GapTokens
{
    private readonly Tokenizer _tokenizer;
    private readonly Func<int, bool> _isWritable;
    private readonly Dictionary<GapEdges, bool[]?> _allowed = [];
    private readonly Lazy<int> _letters;
    private readonly Lazy<(GapEdges Misfits, bool SpaceEnds)[]> _kinds;

    /// <summary>Makes an instance; the vocabulary is read when first needed.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="isWritable">Whether a token may be written at all.</param>
    public GapTokens(Tokenizer tokenizer, Func<int, bool> isWritable)
    {
        (_tokenizer, _isWritable) = (tokenizer, isWritable);
        _letters = new(() => Enumerable.Range(0, tokenizer.VocabularySize)
            .FirstOrDefault(id => !tokenizer.IsSpecial(id) && tokenizer.Decode([id]) is { Length: > 0 } text &&
                text.All(char.IsAsciiLetter)));
        _kinds = new(Classify);
    }

    /// <summary>The token itself, or a letter's token for one that decodes to nothing, such as the unknown token.</summary>
    public int Visible(int token) => _tokenizer.IsSpecial(token) ? _letters.Value : token;

    /// <summary>Whether a token's text ends with whitespace.</summary>
    public bool EndsWithSpace(int token) => _kinds.Value[token].SpaceEnds;

    /// <summary>
    /// The tokens allowed at such a position, [the tokenizer's vocabulary]; null if all are allowed, or if none would be left (a vocabulary
    /// of words without spaces, or strict bans).
    /// </summary>
    public bool[]? Allowed(GapEdges edges)
    {
        if (edges == GapEdges.None)
            return null;
        if (_allowed.TryGetValue(edges, out bool[]? known))
            return known;
        bool[] allowed = [.. _kinds.Value.Select(kind => (kind.Misfits & edges) == 0)];
        known = Enumerable.Range(0, allowed.Length).Any(id => allowed[id] && _isWritable(id)) ? allowed : null;
        _allowed.Add(edges, known);
        return known;
    }

    // For each token, the edges that it does not fit, from its decoding alone and after a letter.
    private (GapEdges Misfits, bool SpaceEnds)[] Classify()
    {
        var kinds = new (GapEdges, bool)[_tokenizer.VocabularySize];
        int letter = _letters.Value;
        int prefix = _tokenizer.Decode([letter]).Length;
        for (int id = 0; id < kinds.Length; id++)
        {
            if (_tokenizer.IsSpecial(id))
                continue;
            string alone = _tokenizer.Decode([id]), joined = _tokenizer.Decode([letter, id])[prefix..];
            bool isBlank = string.IsNullOrWhiteSpace(joined), isSpaced = joined.Length > 0 && char.IsWhiteSpace(joined[0]);
            bool endsWithSpace = joined.Length > 0 && char.IsWhiteSpace(joined[^1]);
            GapEdges misfits = GapEdges.None;
            if (isBlank || !isSpaced && joined != alone)
                misfits |= GapEdges.AtStart; // the two differ for a continuation token such as ##s
            if (isBlank || !isSpaced)
                misfits |= GapEdges.AtWordStart;
            if (isSpaced)
                misfits |= GapEdges.AfterSpace;
            if (joined.Length > 0 && Continues(joined))
                misfits |= GapEdges.AfterWord;
            if (endsWithSpace)
                misfits |= GapEdges.BeforeSpace;
            kinds[id] = (misfits, endsWithSpace);
        }
        return kinds;
    }

    // Letters, digits and marks; U+FFFD is part of a character, which may be a letter.
    private static bool Continues(string text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) != System.Buffers.OperationStatus.Done || rune == Rune.ReplacementChar ||
            Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.ConnectorPunctuation;
}
