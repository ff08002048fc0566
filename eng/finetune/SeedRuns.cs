using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>The results of runs that differ by their seeds alone.</summary>
internal static class SeedRuns
{
    /// <summary>
    /// Makes a run for each seed. Writes the results and the minutes of each run, and the mean and standard deviation of each result.
    /// </summary>
    /// <param name="seeds">The seeds.</param>
    /// <param name="run">Makes a run and returns its results by name; all runs have the same names.</param>
    public static void Write(IReadOnlyList<int> seeds, Func<int, IReadOnlyDictionary<string, double>> run)
    {
        var all = new List<IReadOnlyDictionary<string, double>>();
        foreach (int seed in seeds)
        {
            var clock = Stopwatch.StartNew();
            all.Add(run(seed));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"seed {seed}: " +
                $"{string.Join(", ", all[^1].Select(figure => FormattableString.Invariant($"{figure.Key} {figure.Value:F2}")))}, " +
                $"{clock.Elapsed.TotalMinutes:F1} minutes"));
        }
        foreach (string name in all[0].Keys)
        {
            double[] values = [.. all.Select(figures => figures[name])];
            double mean = values.Average();
            double deviation = values.Length > 1
                ? Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1))
                : 0;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: mean {mean:F2}, standard deviation {deviation:F2} over {values.Length} seeds ({string.Join(", ", seeds)})"));
        }
    }
}
