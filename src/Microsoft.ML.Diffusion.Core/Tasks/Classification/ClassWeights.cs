namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Weights of classes in a loss that is a weighted mean: only how they compare counts, not how large they are.</summary>
public static class ClassWeights
{
    // Weights within these bounds are taken as they are; beyond them, sums and gradients would leave float's range.
    private const double Small = 1e-6, Large = 1e6;

    private const double LeastRatio = 1.2e-38; // where float begins to lose digits

    /// <summary>
    /// Checks weights, and divides them by the largest where all are equal, so that these are 1, or where one is very small or large.
    /// </summary>
    /// <param name="weights">A weight a class, 0 for one that does not count.</param>
    /// <returns>The weights to compute with, [classes].</returns>
    /// <exception cref="ArgumentException">One is negative, infinite or NaN, all are 0, or two are further apart than float holds.</exception>
    public static float[] Normalize(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        double largest = 0, smallest = double.PositiveInfinity;
        bool areEqual = true;
        for (int i = 0; i < weights.Count; i++)
        {
            double weight = weights[i];
            if (!(weight >= 0 && double.IsFinite(weight)))
                throw new ArgumentException(FormattableString.Invariant($"ClassWeights: the weight of class {i} is {weight}, negative, infinite or not a number; expected a finite number of 0 or more. Give every class 1 for all alike."));
            largest = Math.Max(largest, weight);
            smallest = weight > 0 ? Math.Min(smallest, weight) : smallest;
            areEqual &= weight == weights[0];
        }
        if (largest == 0 && weights.Count > 0)
            throw new ArgumentException($"ClassWeights: all {weights.Count} weights are 0, so that nothing would count; expected one above 0. Give 1 to a class that counts.");
        if (smallest / largest < LeastRatio)
            throw new ArgumentException(FormattableString.Invariant($"ClassWeights: {smallest} and {largest} are further apart than float holds; expected weights of which none is more than 1E+37 times another. Give 0 to a class that is not to count, and the others weights nearer to 1."));
        bool isDivided = areEqual || smallest < Small || largest > Large;
        return [.. weights.Select(weight => (float)(isDivided ? weight / largest : weight))];
    }
}
