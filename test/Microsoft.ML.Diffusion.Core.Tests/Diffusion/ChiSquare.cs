namespace Microsoft.ML.Diffusion.Tests;

internal static class ChiSquare
{
    /// <summary>Fails where counts are further from their distribution than one time in 100,000.</summary>
    public static void Check(ReadOnlySpan<int> counts, ReadOnlySpan<double> distribution, string what)
    {
        double statistic = Statistic(counts, distribution, out int degrees);
        Assert.IsLessThan(Critical(degrees), statistic, what);
    }

    public static double Statistic(ReadOnlySpan<int> counts, ReadOnlySpan<double> distribution, out int degrees)
    {
        long total = 0;
        foreach (int count in counts)
            total += count;
        double statistic = 0;
        degrees = -1;
        for (int i = 0; i < counts.Length; i++)
        {
            double expected = total * distribution[i];
            if (expected == 0)
            {
                Assert.AreEqual(0, counts[i]);
                continue;
            }
            statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
            degrees++;
        }
        return statistic;
    }

    /// <summary>The upper 1e-5 point, by the approximation of Wilson and Hilferty.</summary>
    public static double Critical(int degrees)
    {
        double a = 2.0 / (9 * degrees);
        return degrees * Math.Pow(1 - a + 4.265 * Math.Sqrt(a), 3);
    }
}
