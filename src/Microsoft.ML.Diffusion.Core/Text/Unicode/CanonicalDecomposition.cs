using System.Globalization;
using System.Text;

namespace Microsoft.ML.Diffusion.Text.Unicode;

/// <summary>
/// Canonical decomposition (NFD) of single characters. It has its own table because <see cref="string.Normalize()"/> does nothing if
/// globalization is invariant.
/// </summary>
internal static partial class CanonicalDecomposition
{
    /// <summary>The most characters in a decomposition.</summary>
    public const int MaxLength = 4;

    private const int FirstHangul = 0xAC00, LastHangul = 0xD7A3;

    private static readonly int[] s_codePoints;
    private static readonly int[] s_starts;

    static CanonicalDecomposition()
    {
        int count = Table.AsSpan().Count('\n');
        s_codePoints = new int[count];
        s_starts = new int[count];
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            Rune.DecodeFromUtf16(Table.AsSpan(position), out Rune rune, out int used);
            (s_codePoints[i], s_starts[i]) = (rune.Value, position + used);
            position = Table.IndexOf('\n', position) + 1;
        }
    }

    /// <summary>A character's decomposition, with marks in the order of the table.</summary>
    /// <returns>The number of characters written.</returns>
    public static int Decompose(Rune rune, Span<Rune> destination)
    {
        int value = rune.Value;
        if (value is >= FirstHangul and <= LastHangul)
        {
            // The Unicode Standard, 3.12: a syllable consists of a leading consonant, a vowel and an optional trailing consonant.
            int index = value - FirstHangul;
            destination[0] = new Rune(0x1100 + index / (21 * 28));
            destination[1] = new Rune(0x1161 + index / 28 % 21);
            if (index % 28 == 0)
                return 2;
            destination[2] = new Rune(0x11A7 + index % 28);
            return 3;
        }
        int entry = value < 0xC0 ? -1 : Array.BinarySearch(s_codePoints, value);
        if (entry < 0)
        {
            destination[0] = rune;
            return 1;
        }
        ReadOnlySpan<char> parts = Table.AsSpan(s_starts[entry]);
        parts = parts[..parts.IndexOf('\n')];
        int count = 0;
        while (!parts.IsEmpty)
        {
            Rune.DecodeFromUtf16(parts, out destination[count++], out int used);
            parts = parts[used..];
        }
        return count;
    }

    /// <summary>
    /// A character's decomposition without non-spacing marks (Mn), which is the result of "strip accents"; it may be empty. The few spacing
    /// marks that NFD reorders among themselves (Hangul tone marks, musical stems) stay in order.
    /// </summary>
    /// <returns>The number of characters written.</returns>
    public static int WithoutMarks(Rune rune, Span<Rune> destination)
    {
        if (rune.Value < 0xC0)
        {
            destination[0] = rune;
            return 1;
        }
        int count = Decompose(rune, destination), kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (destination[i].Value < 0x300 || Rune.GetUnicodeCategory(destination[i]) != UnicodeCategory.NonSpacingMark)
                destination[kept++] = destination[i];
        }
        return kept;
    }
}
