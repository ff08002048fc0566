using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// Splits text into words with the same result as GPT-2's expression: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+|
/// ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, over code points; a lone surrogate counts as U+FFFD.
/// </summary>
internal static class Gpt2PreTokenizer
{
    /// <summary>The expression, in the form of tokenizer.json files.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private enum Kind : byte
    {
        Other,
        Letter,
        Number,
        Space,
    }

    private static readonly Kind[] s_latin1 = MakeLatin1();

    /// <summary>The end of the word that starts at <paramref name="start"/>, which is before the end of the text.</summary>
    public static int NextEnd(ReadOnlySpan<char> text, int start)
    {
        char first = text[start];
        if (first == '\'')
        {
            int length = Contraction(text[(start + 1)..]);
            if (length > 0)
                return start + 1 + length;
        }
        Kind kind = KindAt(text, start, out int width);
        if (kind != Kind.Space)
            return RunEnd(text, start + width, kind);
        if (first == ' ' && start + 1 < text.Length)
        {
            kind = KindAt(text, start + 1, out width);
            if (kind != Kind.Space)
                return RunEnd(text, start + 1 + width, kind);
        }
        int end = RunEnd(text, start + 1, Kind.Space);
        // The last whitespace before a word belongs to the word, unless it is the only one.
        return end == text.Length || end == start + 1 ? end : end - 1;
    }

    /// <summary>
    /// The end of the word that starts with a space put before the text, which is not empty and does not start with whitespace.
    /// </summary>
    public static int FirstEndAfterSpace(ReadOnlySpan<char> text)
    {
        Kind kind = KindAt(text, 0, out int width);
        return RunEnd(text, width, kind);
    }

    private static int Contraction(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty)
            return 0;
        return rest[0] switch
        {
            's' or 't' or 'm' or 'd' => 1,
            'r' or 'v' when rest.Length > 1 && rest[1] == 'e' => 2,
            'l' when rest.Length > 1 && rest[1] == 'l' => 2,
            _ => 0,
        };
    }

    private static int RunEnd(ReadOnlySpan<char> text, int position, Kind kind)
    {
        while (position < text.Length && KindAt(text, position, out int width) == kind)
            position += width;
        return position;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int position, out int width)
    {
        char value = text[position];
        width = 1;
        if (value < s_latin1.Length)
            return s_latin1[value];
        if (!char.IsSurrogate(value))
            return char.IsWhiteSpace(value) ? Kind.Space : KindOf(CharUnicodeInfo.GetUnicodeCategory(value));
        // There is no whitespace beyond the basic plane.
        Rune.DecodeFromUtf16(text[position..], out Rune rune, out width);
        return KindOf(CharUnicodeInfo.GetUnicodeCategory(rune.Value));
    }

    private static Kind KindOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
        _ => Kind.Other,
    };

    private static Kind[] MakeLatin1()
    {
        var kinds = new Kind[256];
        for (int value = 0; value < kinds.Length; value++)
            kinds[value] = char.IsWhiteSpace((char)value) ? Kind.Space : KindOf(CharUnicodeInfo.GetUnicodeCategory(value));
        return kinds;
    }
}
