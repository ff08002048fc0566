using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A measure of a set of texts with its 95 % interval over texts by the bootstrap (percentiles; Efron, 1979).</summary>
internal readonly record struct Interval(double Value, double Low, double High)
{
    private const int Resamples = 2000;

    /// <summary>
    /// Whether this is significantly above another value: the 95 % interval of the difference of the two independent values excludes 0.
    /// </summary>
    public bool IsAbove(Interval other) => Value - other.Value > Math.Sqrt(Half * Half + other.Half * other.Half);

    private double Half => (High - Low) / 2;

    /// <summary>Σ numerators / Σ denominators; whole texts are resampled with replacement.</summary>
    /// <param name="numerators">A number for each text.</param>
    /// <param name="denominators">The denominator for each text.</param>
    public static Interval OfRatio(ReadOnlySpan<double> numerators, ReadOnlySpan<double> denominators)
    {
        double[] ratios = new double[Resamples];
        for (int resample = 0; resample < Resamples; resample++)
        {
            double above = 0, below = 0;
            for (int i = 0; i < numerators.Length; i++)
            {
                int drawn = (int)(Philox.Uniform(1, (ulong)resample, (ulong)i) * numerators.Length);
                above += numerators[drawn];
                below += denominators[drawn];
            }
            ratios[resample] = above / below;
        }
        Array.Sort(ratios);
        double numerator = 0, denominator = 0;
        for (int i = 0; i < numerators.Length; i++)
        {
            numerator += numerators[i];
            denominator += denominators[i];
        }
        return new(numerator / denominator, ratios[Resamples / 40], ratios[Resamples - 1 - Resamples / 40]);
    }
}
