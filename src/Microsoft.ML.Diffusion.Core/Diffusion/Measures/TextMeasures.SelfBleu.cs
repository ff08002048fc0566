using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// Self-BLEU-n: how similar the texts of a set are. It is the mean of each text's BLEU against all others as references (n-grams of 1
    /// to n units, counts clipped at the greatest in one reference, geometric mean, brevity penalty by the reference of nearest length). 1
    /// means that all are the same. It grows with the number of texts: compare equal numbers. Zhu et al., "Texygen" (2018); Papineni et
    /// al., "BLEU" (2002).
    /// </summary>
    /// <remarks>
    /// If no n-gram of a length matches, .1 match is counted, and a text too short for that length counts as having one n-gram (method 1 of
    /// Chen and Cherry, 2014, which Texygen uses).
    /// </remarks>
    /// <param name="texts">The units (words or tokens) of each text.</param>
    /// <param name="n">The greatest n-gram length, 1 or more.</param>
    /// <param name="cancellationToken">Checked for each text.</param>
    /// <returns>A number in [0, 1]; NaN for fewer than two texts.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static double SelfBleu<T>(IReadOnlyList<IReadOnlyList<T>> texts, int n = 4, CancellationToken cancellationToken = default)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        if (texts.Count < 2)
            return double.NaN;
        double[] logs = new double[texts.Count];
        for (int length = 1; length <= n; length++)
            AddPrecisions(texts, length, n, logs, cancellationToken);
        int[] lengths = [.. texts.Select(text => text.Count).Order()];
        double sum = 0;
        for (int i = 0; i < texts.Count; i++)
        {
            int own = texts[i].Count, nearest = NearestOther(lengths, own);
            if (own > 0)
                sum += Math.Exp(logs[i] + Math.Min(0, 1 - (double)nearest / own));
        }
        return sum / texts.Count;
    }

    /// <summary>Adds each text's log precision for one n-gram length, divided by n.</summary>
    private static void AddPrecisions<T>(IReadOnlyList<IReadOnlyList<T>> texts, int length, int n, double[] logs,
        CancellationToken cancellationToken)
        where T : notnull
    {
        // The two greatest counts of each n-gram in any text: the greatest among the others of a text is one of them.
        Dictionary<Run<T>, (int Most, int Owner, int Second)> counts = [];
        Dictionary<Run<T>, int>[] own = new Dictionary<Run<T>, int>[texts.Count];
        for (int i = 0; i < texts.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach ((Run<T> run, int count) in own[i] = Runs(texts[i], length))
            {
                ref (int Most, int Owner, int Second) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, run, out _);
                entry = count > entry.Most ? (count, i, entry.Most) : (entry.Most, entry.Owner, Math.Max(entry.Second, count));
            }
        }
        for (int i = 0; i < texts.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int shared = 0;
            foreach ((Run<T> run, int count) in own[i])
            {
                (int most, int owner, int second) = counts[run];
                shared += Math.Min(count, owner == i ? second : most);
            }
            logs[i] += Math.Log(Math.Max(shared, .1) / Math.Max(texts[i].Count - length + 1, 1)) / n;
        }
    }

    /// <summary>The nearest length to the given one, which is itself excluded once; the shorter if two are equally near.</summary>
    private static int NearestOther(int[] sorted, int length)
    {
        int at = Array.BinarySearch(sorted, length);
        int below = at > 0 ? sorted[at - 1] : int.MinValue / 2, above = at < sorted.Length - 1 ? sorted[at + 1] : int.MaxValue / 2;
        return length - below <= above - length ? below : above;
    }
}
