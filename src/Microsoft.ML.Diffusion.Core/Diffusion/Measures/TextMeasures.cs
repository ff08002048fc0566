using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion;

/// <summary>Measures of a set of texts.</summary>
public static partial class TextMeasures
{
    /// <summary>
    /// distinct-n: the number of different n-grams of units (words or tokens) in the texts, divided by the number of all. It falls as the
    /// amount of text grows: compare equal amounts. Li et al., "A Diversity-Promoting Objective Function" (2016).
    /// </summary>
    /// <param name="texts">The units of each text; an n-gram does not cross from one text to the next.</param>
    /// <param name="n">The n-gram length, 1 or more.</param>
    /// <param name="cancellationToken">Checked for each text.</param>
    /// <returns>A fraction in (0, 1]; NaN if no text has n units.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static double DistinctN<T>(IEnumerable<IReadOnlyList<T>> texts, int n, CancellationToken cancellationToken = default)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        HashSet<Run<T>> distinct = [];
        long total = 0;
        foreach (IReadOnlyList<T> text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i + n <= text.Count; i++, total++)
                distinct.Add(new Run<T>(text, i, n));
        }
        return distinct.Count / (double)total;
    }

    /// <summary>The count of each n-gram in a text.</summary>
    private static Dictionary<Run<T>, int> Runs<T>(IReadOnlyList<T> text, int n)
        where T : notnull
    {
        Dictionary<Run<T>, int> runs = [];
        for (int i = 0; i + n <= text.Count; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(runs, new Run<T>(text, i, n), out _)++;
        return runs;
    }

    private readonly record struct Run<T>(IReadOnlyList<T> Text, int Start, int Length)
        where T : notnull
    {
        public bool Equals(Run<T> other)
        {
            for (int i = 0; i < Length; i++)
            {
                if (!EqualityComparer<T>.Default.Equals(Text[Start + i], other.Text[other.Start + i]))
                    return false;
            }
            return true;
        }

        public override int GetHashCode()
        {
            HashCode hash = default;
            for (int i = 0; i < Length; i++)
                hash.Add(Text[Start + i]);
            return hash.ToHashCode();
        }
    }
}
