using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>
/// Reads the pieces of templates, and required words, into the tokens that they have within a text: a piece after a gap is not the
/// beginning of a text, and a space before a gap belongs to the word that will follow it.
/// </summary>
internal sealed class PieceEncoder
{
    // A whitespace character, and so a word of its own for every tokenizer: what follows it is read as after other text. A text that starts
    // with it gets no prefix space.
    private const string Before = "\n";

    private readonly Tokenizer _tokenizer;
    private readonly GapTokens _gapTokens;
    private readonly string _word;
    private readonly TokenList _tokens = new();

    public PieceEncoder(Tokenizer tokenizer, GapTokens gapTokens)
    {
        (_tokenizer, _gapTokens) = (tokenizer, gapTokens);
        // A letter that forms one token with a space before it, as the vocabulary's words do.
        _word = "abcdefghijklmnopqrstuvwxyz".Select(letter => letter.ToString())
            .FirstOrDefault(letter => Encode($" {letter}").Length == 1) ?? "x";
    }

    /// <summary>Reads a piece.</summary>
    /// <param name="text">The piece, not empty.</param>
    /// <param name="isFirst">Whether it begins the text.</param>
    /// <param name="isLast">Whether no gap follows.</param>
    /// <param name="loneSurrogates">The number of lone surrogates is added to it.</param>
    public TemplatePiece Read(string text, bool isFirst, bool isLast, ref int loneSurrogates)
    {
        string before = isFirst || char.IsWhiteSpace(text[0]) ? "" : Before;
        bool endsWithSpace = char.IsWhiteSpace(text[^1]);
        _tokens.Clear();
        loneSurrogates += _tokenizer.Encode(before + text + (endsWithSpace && !isLast ? _word : ""), _tokens);
        int first = 0, end = _tokens.Count, textEnd = before.Length + text.Length;
        while (before.Length > 0 && first < end && _tokens.Ends[first] <= before.Length)
            first++;
        while (end > first && _tokens.Ends[end - 1] > textEnd)
            end--;
        int[] tokens = _tokens.Ids[first..end].ToArray();
        bool spellsSpace = endsWithSpace && end > first && _tokens.Ends[end - 1] == textEnd && _gapTokens.EndsWithSpace(tokens[^1]);
        return new TemplatePiece(text, tokens,
            spellsSpace ? PieceEnd.Space : endsWithSpace ? PieceEnd.PendingSpace : TemplatePiece.EndsWithOpening(text) ? PieceEnd.Opening
                : PieceEnd.Joined);
    }

    /// <summary>Reads a word.</summary>
    public RequiredWord ReadWord(string text)
    {
        int loneSurrogates = 0;
        return new RequiredWord(text, Encode($" {text}"), Read(text, isFirst: false, isLast: true, ref loneSurrogates).Tokens);
    }

    private int[] Encode(string text)
    {
        _tokens.Clear();
        _tokenizer.Encode(text, _tokens);
        return _tokens.Ids.ToArray();
    }
}
