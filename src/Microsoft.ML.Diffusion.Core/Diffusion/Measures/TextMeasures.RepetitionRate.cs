namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// The fraction of all n-grams of units (words or tokens) in a text that occurred earlier in that text; the mean over the texts.
    /// Welleck et al., "Neural Text Generation with Unlikelihood Training" (seq-rep-n, 2020).
    /// </summary>
    /// <param name="texts">The units of each text; texts of fewer than n are skipped.</param>
    /// <param name="n">The n-gram length, 1 or more; 4 is usual.</param>
    /// <param name="cancellationToken">Checked for each text.</param>
    /// <returns>A fraction in [0, 1); NaN if no text has n units.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static double RepetitionRate<T>(IEnumerable<IReadOnlyList<T>> texts, int n = 4, CancellationToken cancellationToken = default)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        double sum = 0;
        int count = 0;
        foreach (IReadOnlyList<T> text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int runs = text.Count - n + 1;
            if (runs < 1)
                continue;
            count++;
            sum += 1 - Runs(text, n).Count / (double)runs;
        }
        return sum / count;
    }
}
