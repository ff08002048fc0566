using System.Globalization;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Weights of classes in a loss that is a weighted mean: only their ratios matter, not their size.</summary>
public static class ClassWeights
{
    // Weights within these bounds are used unchanged; beyond them, sums and gradients would leave float's range.
    private const double Small = 1e-6, Large = 1e6;

    private const double LeastRatio = 1.2e-38; // where float begins to lose digits

    /// <summary>
    /// Checks weights. They are divided by the largest if all are equal, so that each becomes 1, or if one is very small or large.
    /// </summary>
    /// <param name="weights">A weight per class; 0 to ignore a class.</param>
    /// <returns>The weights to compute with, [classes].</returns>
    /// <exception cref="ArgumentException">One is negative, infinite or NaN, all are 0, or two are
    /// further apart than float holds.</exception>
    public static float[] Normalize(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        double largest = 0, smallest = double.PositiveInfinity;
        bool areEqual = true;
        for (int i = 0; i < weights.Count; i++)
        {
            double weight = weights[i];
            if (!(weight >= 0 && double.IsFinite(weight)))
                throw new ArgumentException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"ClassWeights: the weight of class {i} is {weight}; expected a finite number, 0 or more. Give every class the " +
                        $"weight 1 to treat all alike."));
            largest = Math.Max(largest, weight);
            smallest = weight > 0 ? Math.Min(smallest, weight) : smallest;
            areEqual &= weight == weights[0];
        }
        if (largest == 0 && weights.Count > 0)
            throw new ArgumentException(
                $"ClassWeights: all {weights.Count} weights are 0; expected at least one above 0. Give the weight 1 to a " +
                $"class that counts.");
        if (smallest / largest < LeastRatio)
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"ClassWeights: {smallest} and {largest} are further apart than float holds; expected weights whose ratios are at " +
                    $"most 1E+37. Give the weight 0 to a class that does not count, and weights nearer to 1 to the others."));
        bool isDivided = areEqual || smallest < Small || largest > Large;
        return [.. weights.Select(weight => (float)(isDivided ? weight / largest : weight))];
    }
}
