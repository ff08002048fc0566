namespace Microsoft.ML.Diffusion.Text.Unicode;

/// <summary>
/// Which two adjacent characters are one in normalization form C, and the combining classes that decide what is adjacent.
/// </summary>
internal static partial class CanonicalComposition
{
    private static readonly Dictionary<(int First, int Second), int> s_composites = [];
    private static readonly List<(int First, int Last, int Class)> s_classes = [];

    static CanonicalComposition()
    {
        foreach ((int first, int second, int composite) in Triples(Pairs))
            s_composites.Add((first, second), composite);
        s_classes.AddRange(Triples(Classes));
    }

    /// <summary>The composition of two characters, or −1.</summary>
    public static int Compose(int first, int second)
    {
        // The Unicode Standard, 3.12: Hangul syllables are computed.
        if (first is >= 0x1100 and < 0x1113 && second is >= 0x1161 and < 0x1176)
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28;
        if (first is >= 0xAC00 and <= 0xD7A3 && (first - 0xAC00) % 28 == 0 && second is > 0x11A7 and < 0x11C3)
            return first + second - 0x11A7;
        return s_composites.TryGetValue((first, second), out int composite) ? composite : -1;
    }

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public static int CombiningClass(int value)
    {
        if (value < 0x300)
            return 0;
        int low = 0, high = s_classes.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            (int first, int last, int combiningClass) = s_classes[middle];
            if (value < first)
                high = middle - 1;
            else if (value > last)
                low = middle + 1;
            else
                return combiningClass;
        }
        return 0;
    }

    private static IEnumerable<(int, int, int)> Triples(string table)
    {
        int[] values = [.. table.EnumerateRunes().Select(static rune => rune.Value)];
        for (int i = 0; i < values.Length; i += 3)
            yield return (values[i], values[i + 1], values[i + 2]);
    }
}
