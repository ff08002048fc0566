using System.Globalization;

namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A piece of a template, which is not empty, and its tokens.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its tokens, without those of blanks that the following gap spells.</param>
/// <param name="End">How it ends.</param>
internal sealed record TemplatePiece(string Text, int[] Tokens, PieceEnd End)
{
    /// <summary>Whether it begins with a white character.</summary>
    public bool StartsWithSpace => char.IsWhiteSpace(Text[0]);

    /// <summary>Whether it begins with a letter or a digit, so that what stands before it directly is one word with it.</summary>
    public bool StartsWithWord => char.IsLetterOrDigit(Text[0]) || char.IsHighSurrogate(Text[0]);

    /// <summary>Whether it begins with a mark that opens, before which a blank may stand.</summary>
    public bool StartsWithOpening => IsOpening(Text[0]) || Text[0] == '"' && Text.Length > 1 && char.IsLetterOrDigit(Text[1]);

    /// <summary>Whether a text ends with a mark that opens or connects; straight quotation marks open where nothing, a white character or such a mark is before them.</summary>
    public static bool EndsWithOpening(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> unquoted = text.TrimEnd("\"'");
        if (unquoted.IsEmpty)
            return !text.IsEmpty;
        char last = unquoted[^1];
        return IsOpening(last) || char.GetUnicodeCategory(last) is UnicodeCategory.DashPunctuation or UnicodeCategory.ConnectorPunctuation
            || unquoted.Length < text.Length && char.IsWhiteSpace(last);
    }

    private static bool IsOpening(char value) => char.GetUnicodeCategory(value) is UnicodeCategory.OpenPunctuation or UnicodeCategory.InitialQuotePunctuation;
}
