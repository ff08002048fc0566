namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// The entropy, in bits, of the units (words or tokens) of all texts together, by their frequency. It is lower if a text repeats
    /// itself, and also if texts repeat one another, which <see cref="TokenEntropy"/> does not detect. It grows with the amount of text:
    /// compare equal amounts.
    /// </summary>
    /// <param name="texts">The units of each text.</param>
    /// <param name="cancellationToken">Checked for each text.</param>
    /// <returns>Bits, 0 or more; NaN if there is no unit.</returns>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
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
