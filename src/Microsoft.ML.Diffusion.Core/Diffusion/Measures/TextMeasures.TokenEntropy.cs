namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// The entropy of a text's own units (words, or tokens), each by how often it occurs in that text, in bits; the mean over the texts. Text
    /// that repeats itself has little. It grows with the length of the texts: compare equal lengths. Zheng et al. (2024) take it, in nats,
    /// beside generative perplexity, which alone rewards repetition.
    /// </summary>
    /// <param name="texts">The units of each text; texts without units do not count.</param>
    /// <param name="cancellationToken">Looked at for each text.</param>
    /// <returns>Bits, 0 or more; NaN where no text has a unit.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
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
