namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// The entropy of the units (words, or tokens) of all texts together, each by how often it occurs in any of them, in bits. It falls where
    /// a text repeats itself, and where texts repeat one another, which <see cref="TokenEntropy"/> does not see. It grows with the
    /// amount of text: compare equal amounts.
    /// </summary>
    /// <param name="texts">The units of each text.</param>
    /// <param name="cancellationToken">Looked at for each text.</param>
    /// <returns>Bits, 0 or more; NaN where there is no unit.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static double PooledEntropy<T>(IEnumerable<IReadOnlyList<T>> texts, CancellationToken cancellationToken = default)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(texts);
        List<T> all = [];
        foreach (IReadOnlyList<T> text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            all.AddRange(text);
        }
        if (all.Count == 0)
            return double.NaN;
        double sum = 0;
        foreach (int times in Runs(all, 1).Values)
            sum -= (double)times / all.Count * Math.Log2((double)times / all.Count);
        return sum;
    }
}
