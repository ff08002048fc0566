namespace Microsoft.ML.Diffusion;

public static partial class TextMeasures
{
    /// <summary>
    /// The entropy of the units (words, or tokens) of all texts together, each by how often it occurs in any of them, in bits. It falls where
    /// a text repeats itself, and where texts repeat one another, which <see cref="TokenEntropy"/> does not see. It grows with the
    /// amount of text: compare equal amounts.
    /// </summary>
    /// <param name="texts">The units of each text.</param>
    /// <returns>Bits, 0 or more; NaN where there is no unit.</returns>
    public static double PooledEntropy<T>(IEnumerable<IReadOnlyList<T>> texts)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(texts);
        T[] all = [.. texts.SelectMany(text => text)];
        if (all.Length == 0)
            return double.NaN;
        double sum = 0;
        foreach (int times in Runs(all, 1).Values)
            sum -= (double)times / all.Length * Math.Log2((double)times / all.Length);
        return sum;
    }
}
