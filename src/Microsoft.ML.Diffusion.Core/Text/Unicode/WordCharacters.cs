using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Text.Unicode;

/// <summary>The characters of words, as <c>\w</c> has them in Unicode's regular expressions (UTS 18, annex C).</summary>
internal static class WordCharacters
{
    /// <summary>Whether a text starts with a character of a word.</summary>
    public static bool IsFirst(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out _);
        return !text.IsEmpty && Contains(rune);
    }

    /// <summary>Whether a text ends with a character of a word.</summary>
    public static bool IsLast(ReadOnlySpan<char> text)
    {
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _);
        return !text.IsEmpty && Contains(rune);
    }

    /// <summary>Letters, marks, digits, letter numbers, connectors, the two joiners, and letters in circles and squares.</summary>
    public static bool Contains(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        UnicodeCategory.OtherSymbol =>
            rune.Value is >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189,
        _ => false,
    };
}
