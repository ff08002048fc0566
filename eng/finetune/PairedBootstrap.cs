using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>The difference between two classifiers on the same examples, with its uncertainty.</summary>
internal static class PairedBootstrap
{
    private const int Resamples = 10_000;

    /// <summary>The mean difference and its 95 % interval, from examples drawn with replacement by a fixed seed.</summary>
    /// <param name="ours">For each example, the share of runs that were right.</param>
    /// <param name="theirs">For each example, 1 if the other classifier was right.</param>
    public static (double Mean, double Low, double High) Interval(IReadOnlyList<double> ours, IReadOnlyList<double> theirs)
    {
        double[] differences = [.. ours.Zip(theirs, (our, their) => our - their)];
        var means = new double[Resamples];
        for (int resample = 0; resample < Resamples; resample++)
        {
            double sum = 0;
            for (int i = 0; i < differences.Length; i++)
                sum += differences[(int)(Philox.Uniform(1, (ulong)resample, (ulong)i) * differences.Length)];
            means[resample] = sum / differences.Length;
        }
        Array.Sort(means);
        return (differences.Average(), means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples)]);
    }
}
