using System.Text;

namespace Microsoft.ML.Diffusion.Text.Unicode;

/// <summary>
/// Text in Unicode's normalization form C (UAX 15), with the origin of each character; each thread reuses an instance between texts. Lone
/// surrogates become U+FFFD.
/// </summary>
internal sealed class NormalizationFormC : AlignedText
{
    [ThreadStatic]
    private static NormalizationFormC? s_normalized;

    private (int Value, int Class, int Start, int End)[] _row = new (int, int, int, int)[64];
    private int _rowLength;

    /// <summary>Whether a quick check shows that a text is already in the form and has no lone surrogate.</summary>
    public static bool IsPlain(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('\0', '\u02FF') < 0;

    /// <summary>Normalizes a text.</summary>
    /// <returns>The number of lone surrogates.</returns>
    public int Set(ReadOnlySpan<char> text)
    {
        Clear();
        _rowLength = 0;
        int loneSurrogates = 0;
        Span<Rune> parts = stackalloc Rune[CanonicalDecomposition.MaxLength];
        for (int position = 0; position < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text[position..], out Rune rune, out int width) != System.Buffers.OperationStatus.Done)
                loneSurrogates++;
            foreach (Rune part in parts[..CanonicalDecomposition.Decompose(rune, parts)])
                Add(part.Value, position, position + width);
            position += width;
        }
        Compose();
        Flush();
        return loneSurrogates;
    }

    /// <summary>A text, normalized.</summary>
    public static string Of(string text)
    {
        NormalizationFormC normalized = s_normalized ??= new NormalizationFormC();
        normalized.Set(text);
        return normalized.Text.ToString();
    }

    private void Add(int value, int start, int end)
    {
        int combiningClass = CanonicalComposition.CombiningClass(value);
        if (combiningClass == 0)
        {
            // A starter may still compose with the one before it: some vowels do, and Hangul's letters.
            Compose();
            if (_rowLength == 1 && _row[0].Class == 0 && CanonicalComposition.Compose(_row[0].Value, value) is >= 0 and int composite)
            {
                _row[0] = (composite, 0, _row[0].Start, end);
                return;
            }
            Flush();
        }
        if (_rowLength == _row.Length)
            Array.Resize(ref _row, 2 * _rowLength);
        _row[_rowLength++] = (value, combiningClass, start, end);
    }

    private void Compose()
    {
        if (_rowLength < 2)
            return;
        Span<(int Value, int Class, int Start, int End)> row = _row.AsSpan(0, _rowLength);
        int first = row[0].Class == 0 ? 1 : 0;
        StableSort(row[first..]);
        if (first == 0)
            return;
        int kept = 1, lastClass = 0;
        for (int i = 1; i < row.Length; i++)
        {
            // A mark is blocked from the starter by a remaining mark of its own class.
            bool isBlocked = kept > 1 && lastClass >= row[i].Class;
            int composite = isBlocked ? -1 : CanonicalComposition.Compose(row[0].Value, row[i].Value);
            if (composite >= 0)
                row[0] = (composite, 0, Math.Min(row[0].Start, row[i].Start), Math.Max(row[0].End, row[i].End));
            else
            {
                lastClass = row[i].Class;
                row[kept++] = row[i];
            }
        }
        _rowLength = kept;
    }

    private static void StableSort(Span<(int Value, int Class, int Start, int End)> row)
    {
        bool isSorted = true;
        for (int i = 1; i < row.Length && isSorted; i++)
            isSorted = row[i - 1].Class <= row[i].Class;
        // A stable sort: equal classes stay in the order of the text.
        if (!isSorted)
        {
            for (int i = 0; i < row.Length; i++)
                row[i].Class = row[i].Class << 24 | Math.Min(i, 0xFFFFFF);
            row.Sort(static (left, right) => ((uint)left.Class).CompareTo((uint)right.Class));
            foreach (ref (int Value, int Class, int Start, int End) item in row)
                item.Class = (int)((uint)item.Class >> 24);
        }
    }

    private void Flush()
    {
        foreach ((int value, _, int start, int end) in _row.AsSpan(0, _rowLength))
            Append(new Rune(value), start, end);
        _rowLength = 0;
    }
}
