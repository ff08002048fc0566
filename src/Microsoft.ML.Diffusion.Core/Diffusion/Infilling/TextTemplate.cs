using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Infilling;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// A text with gaps. The string form resembles .NET's format strings: <c>{5}</c> is a gap of 5 tokens, <c>{3..8}</c> one of any length from
/// 3 to 8, <c>{}</c> one of the settings' lengths; <c>{{</c> and <c>}}</c> are braces. A text without gaps is a template too, and so are
/// gaps without text.
/// </summary>
public sealed class TextTemplate
{
    /// <summary>Makes a template of its parts; braces in the pieces are ordinary characters.</summary>
    /// <param name="pieces">The text before the first gap, between the gaps, and after the last, [gaps + 1]; each may be empty.</param>
    /// <param name="gaps">The gaps.</param>
    /// <exception cref="ArgumentException">The number of pieces is not the number of gaps plus one.</exception>
    internal TextTemplate(IEnumerable<string> pieces, IEnumerable<TextGap> gaps)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ArgumentNullException.ThrowIfNull(gaps);
        (Pieces, Gaps) = ([.. pieces], [.. gaps]);
        if (Pieces.Count != Gaps.Count + 1)
            throw new ArgumentException(
                $"There are {Pieces.Count} pieces and {Gaps.Count} gaps. Give the pieces before, between and after the gaps, one more " +
                "than there are gaps; a piece may be empty.", nameof(pieces));
        foreach (string piece in Pieces)
            ArgumentNullException.ThrowIfNull(piece, nameof(pieces));
    }

    /// <summary>The text before the first gap, between the gaps, and after the last, [Gaps + 1].</summary>
    public IReadOnlyList<string> Pieces { get; }

    /// <summary>The gaps, from left to right.</summary>
    internal IReadOnlyList<TextGap> Gaps { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">The text is not a template; the message gives the position and what was expected.</exception>
    public static TextTemplate Parse(string text) => TryParse(text, out TextTemplate? template, out string? error) ? template
        : throw new FormatException(error);

    /// <summary>Reads a template.</summary>
    /// <param name="text">The text.</param>
    /// <param name="template">The template.</param>
    /// <param name="error">If the text is not a template: the position, from 0, and what was expected.</param>
    internal static bool TryParse(string text, [NotNullWhen(true)] out TextTemplate? template, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        (template, error) = (null, null);
        List<string> pieces = [];
        List<TextGap> gaps = [];
        var piece = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char value = text[i];
            if (value is '{' or '}' && i + 1 < text.Length && text[i + 1] == value)
                i++;
            else if (value == '}')
                return Fail($"Position {i}: a '}}' without a '{{' before it. Write '}}}}' for a brace.", out error);
            else if (value == '{')
            {
                int end = text.IndexOf('}', i);
                if (end < 0)
                    return Fail($"Position {i}: a '{{' without a '}}' after it. Write '{{5}}', '{{3..8}}' or '{{}}' for a gap, '{{{{' for " +
                        "a brace.", out error);
                if (!TryReadGap(text.AsSpan(i + 1, end - i - 1), out TextGap gap))
                    return Fail($"Position {i}: '{text.AsSpan(i, Math.Min(end + 1 - i, 40))}' is not a gap. Expected '{{5}}' (5 tokens), " +
                        $"'{{3..8}}' (3 to 8 tokens) or '{{}}' (the default lengths), with numbers from 1, without spaces; '{{{{' for a " +
                        "brace.", out error);
                gaps.Add(gap);
                pieces.Add(piece.ToString());
                piece.Clear();
                i = end;
                continue;
            }
            piece.Append(value);
        }
        pieces.Add(piece.ToString());
        template = new TextTemplate(pieces, gaps);
        return true;

        static bool Fail(string message, out string error)
        {
            error = message;
            return false;
        }
    }

    /// <summary>The text with its braces doubled: a template without gaps that stands for the text.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);
    }

    /// <summary>The template in the format of <see cref="Parse"/>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Escape(Pieces[0]));
        for (int i = 0; i < Gaps.Count; i++)
            text.Append(Gaps[i]).Append(Escape(Pieces[i + 1]));
        return text.ToString();
    }

    private static bool TryReadGap(ReadOnlySpan<char> text, out TextGap gap)
    {
        gap = TextGap.Default;
        if (text.IsEmpty)
            return true;
        int dots = text.IndexOf("..");
        if (!TryReadLength(dots < 0 ? text : text[..dots], out int shortest))
            return false;
        int longest = shortest;
        if (dots >= 0 && !TryReadLength(text[(dots + 2)..], out longest) || longest < shortest)
            return false;
        gap = new TextGap(shortest, longest);
        return true;
    }

    private static bool TryReadLength(ReadOnlySpan<char> text, out int length) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out length) && length > 0;
}
