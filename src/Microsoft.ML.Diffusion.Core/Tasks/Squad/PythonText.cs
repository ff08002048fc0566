using System.Buffers;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Tasks.Squad;

/// <summary>Python's treatment of characters, where .NET differs. SQuAD's scores are defined by Python programs.</summary>
internal static class PythonText
{
    private const char CapitalSigma = '\u03A3';

    /// <summary><c>str.lower()</c>: Unicode's full lowercase mapping, with the final form of sigma.</summary>
    public static string Lower(string text)
    {
        var lower = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length) != OperationStatus.Done)
                lower.Append(text, i, length);
            else if (text[i] == '\u0130')
                lower.Append("i\u0307"); // İ, the one character with a lowercase of two
            else if (text[i] == CapitalSigma)
                lower.Append(IsFinalSigma(text, i) ? '\u03C2' : '\u03C3');
            else
                lower.Append(Rune.ToLowerInvariant(rune));
            i += length;
        }
        return lower.ToString();
    }

    /// <summary><c>str.isspace()</c> of one character: .NET's whitespace and the four ASCII separators.</summary>
    public static bool IsWhiteSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>
    /// The characters that <c>\w</c> of the module <c>re</c> matches: letters and numbers (no marks, unlike .NET's) and the underscore.
    /// </summary>
    public static bool IsWord(Rune rune) => rune.Value == '_' || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Unicode's Final_Sigma: a cased letter before and none after, skipping case-ignorable characters.</summary>
    private static bool IsFinalSigma(string text, int index)
    {
        bool before = false, after = false;
        for (int i = index; i > 0 &&
            Rune.DecodeLastFromUtf16(text.AsSpan(0, i), out Rune rune, out int length) == OperationStatus.Done; i -= length)
        {
            if (IsCaseIgnorable(rune))
                continue;
            before = IsCased(rune);
            break;
        }
        for (int i = index + 1; i < text.Length &&
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out int length) == OperationStatus.Done; i += length)
        {
            if (IsCaseIgnorable(rune))
                continue;
            after = IsCased(rune);
            break;
        }
        return before && !after;
    }

    /// <summary>Unicode's Cased, for characters that are not case-ignorable: letters, numbers and symbols with case.</summary>
    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or >= 0x2160 and <= 0x217F or >= 0x24B6 and <= 0x24E9
            or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;

    /// <summary>Unicode's Case_Ignorable: marks, format characters, modifiers, and word-internal punctuation.</summary>
    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;
}
