using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>A figure of a set of texts, and its 95 % interval over texts by the bootstrap (percentiles; Efron, 1979).</summary>
internal readonly record struct Interval(double Value, double Low, double High)
{
    private const int Resamples = 2000;

    /// <summary>Whether this is told apart from another figure, and is above it: the difference of two independent figures does not reach 0 within 95 %.</summary>
    public bool IsAbove(Interval other) => Value - other.Value > Math.Sqrt(Half * Half + other.Half * other.Half);

    private double Half => (High - Low) / 2;

    /// <summary>Σ numerators / Σ denominators, whole texts drawn anew with replacement.</summary>
    /// <param name="numerators">A number for each text.</param>
    /// <param name="denominators">What it is per, for each text.</param>
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
