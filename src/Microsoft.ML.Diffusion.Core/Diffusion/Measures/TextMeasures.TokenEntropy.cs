namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// The entropy, in bits, of a text's own units (words or tokens), by their frequency in that text; the mean over the texts. It is low
    /// for text that repeats itself. It grows with the length of the texts: compare equal lengths. Zheng et al. (2024) report it, in nats,
    /// with generative perplexity, which alone rewards repetition.
    /// </summary>
    /// <param name="texts">The units of each text; texts without units are skipped.</param>
    /// <param name="cancellationToken">Checked for each text.</param>
    /// <returns>Bits, 0 or more; NaN if no text has a unit.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static double TokenEntropy<T>(IEnumerable<IReadOnlyList<T>> texts, CancellationToken cancellationToken = default)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(texts);
        double sum = 0;
        int count = 0;
        foreach (IReadOnlyList<T> text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (text.Count == 0)
                continue;
            count++;
            foreach (int times in Runs(text, 1).Values)
                sum -= (double)times / text.Count * Math.Log2((double)times / text.Count);
        }
        return sum / count;
    }
}
