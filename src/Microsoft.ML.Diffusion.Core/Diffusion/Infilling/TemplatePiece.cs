using System.Globalization;

namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>A non-empty piece of a template, and its tokens.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tokens">Its tokens, without a trailing space that belongs to the following gap.</param>
/// <param name="End">How it ends.</param>
internal sealed record TemplatePiece(string Text, int[] Tokens, PieceEnd End)
{
    /// <summary>Whether it begins with whitespace.</summary>
    public bool StartsWithSpace => char.IsWhiteSpace(Text[0]);

    /// <summary>Whether it begins with a letter or a digit, and so continues a word directly before it.</summary>
    public bool StartsWithWord => char.IsLetterOrDigit(Text[0]) || char.IsHighSurrogate(Text[0]);

    /// <summary>Whether it begins with an opening mark, which a space may precede.</summary>
    public bool StartsWithOpening => IsOpening(Text[0]) || Text[0] == '"' && Text.Length > 1 && char.IsLetterOrDigit(Text[1]);

    /// <summary>
    /// Whether a text ends with an opening or connecting mark. A straight quotation mark opens where nothing, whitespace or such a mark is
    /// before it.
    /// </summary>
    public static bool EndsWithOpening(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> unquoted = text.TrimEnd("\"'");
        if (unquoted.IsEmpty)
            return !text.IsEmpty;
        char last = unquoted[^1];
        return IsOpening(last) || char.GetUnicodeCategory(last) is UnicodeCategory.DashPunctuation or UnicodeCategory.ConnectorPunctuation
            || unquoted.Length < text.Length && char.IsWhiteSpace(last);
    }

    private static bool IsOpening(char value) => char.GetUnicodeCategory(value) is UnicodeCategory.OpenPunctuation
        or UnicodeCategory.InitialQuotePunctuation;
}
