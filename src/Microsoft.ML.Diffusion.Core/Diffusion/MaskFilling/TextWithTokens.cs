using System.Text;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.MaskFilling;

/// <summary>A text of pieces and single tokens, as the model reads them next to each other.</summary>
internal sealed class TextWithTokens(Tokenizer tokenizer)
{
    private readonly StringBuilder _text = new();
    private bool _endsApart; // a token that spells no space was the last, so what follows is another word

    /// <summary>Appends a piece of the text as it is.</summary>
    public void Append(ReadOnlySpan<char> piece)
    {
        if (piece.IsEmpty)
            return;
        if (_endsApart && IsOfWord(piece[0]))
            _text.Append(' ');
        _text.Append(piece);
        _endsApart = false;
    }

    /// <summary>Appends a token.</summary>
    public void Append(MaskCandidate token)
    {
        if (tokenizer.IsSpecial(token.TokenId))
        {
            _text.Append(token.Text);
            return;
        }
        string after = TextAfterItself(token);
        bool beginsWord = after.Length > 0 && char.IsWhiteSpace(after[0]);
        bool spellsSpace = token.Text.Length > 0 && char.IsWhiteSpace(token.Text[0]);
        int end = _text.Length;
        while (end > 0 && char.IsWhiteSpace(_text[end - 1]))
            end--;
        bool hasSpace = end < _text.Length || end == 0;
        if (!beginsWord)
            _text.Length = end;
        else if (!hasSpace && (spellsSpace || IsOfWord(_text[^1])))
            _text.Append(' ');
        _text.Append(beginsWord ? after.AsSpan(1) : after);
        _endsApart = !spellsSpace && after != token.Text;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>The text that a token adds after another one, here itself: a continuation loses its mark, and a word has a space.</summary>
    private string TextAfterItself(MaskCandidate token)
    {
        string twice = tokenizer.Decode([token.TokenId, token.TokenId]);
        return twice.StartsWith(token.Text, StringComparison.Ordinal) ? twice[token.Text.Length..] : token.Text;
    }

    /// <summary>Whether a character is part of a word of letters or digits. Chinese characters are words of their own.</summary>
    private static bool IsOfWord(char character) =>
        char.IsLetterOrDigit(character) && !BertCharacters.IsChinese(new Rune(character));
}
