namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Correlations of predicted and actual numbers.</summary>
public static class Correlation
{
    /// <summary>Pearson's correlation.</summary>
    /// <param name="actual">The actual numbers, [examples].</param>
    /// <param name="predicted">The predicted numbers, [examples].</param>
    /// <returns>From −1 to 1; NaN if one side's numbers are all equal or there are none.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double Pearson(ReadOnlySpan<float> actual, ReadOnlySpan<float> predicted)
    {
        CheckLengths(actual.Length, predicted.Length);
        return Pearson(Widen(actual), Widen(predicted));
    }

    /// <summary>Spearman's rank correlation: Pearson's of the ranks, where equal numbers have the mean of their ranks.</summary>
    /// <inheritdoc cref="Pearson(ReadOnlySpan{float}, ReadOnlySpan{float})"/>
    public static double Spearman(ReadOnlySpan<float> actual, ReadOnlySpan<float> predicted)
    {
        CheckLengths(actual.Length, predicted.Length);
        return actual.ContainsAnyExceptInRange(float.MinValue, float.MaxValue) ||
            predicted.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
            ? double.NaN
            : Pearson(Ranks(actual), Ranks(predicted));
    }

    private static double Pearson(double[] x, double[] y)
    {
        if (x.Length == 0)
            return double.NaN;
        double meanX = x.Average(), meanY = y.Average(), xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        // Rounding can push a perfect correlation past 1.
        return Math.Clamp(xy / Math.Sqrt(xx * yy), -1, 1);
    }

    private static double[] Ranks(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        int[] places = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, places);
        var ranks = new double[sorted.Length];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end] == sorted[start];)
                end++;
            for (int i = start; i < end; i++)
                ranks[places[i]] = (start + 1 + end) / 2.0;
        }
        return ranks;
    }

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
            wide[i] = values[i];
        return wide;
    }

    private static void CheckLengths(int actual, int predicted)
    {
        if (actual != predicted)
            throw new ArgumentException(
                $"There are {actual} actual and {predicted} predicted numbers; expected equal numbers of both. Give a prediction " +
                "for every example.");
    }
}
