namespace Microsoft.ML.Diffusion;

/// <summary>An estimate in bits per unit that the caller counted: a token, a word, a character.</summary>
/// <param name="Bits">The estimate.</param>
/// <param name="StandardError">Its standard error, in bits, over sequences and draws.</param>
public readonly record struct BitRate(double Bits, double StandardError)
{
    /// <summary>The lower end of the 95 % interval, by the normal approximation.</summary>
    public double Low => Bits - 1.96 * StandardError;

    /// <summary>The upper end of the 95 % interval, by the normal approximation.</summary>
    public double High => Bits + 1.96 * StandardError;

    /// <summary>The perplexity per the same unit, 2^<see cref="Bits"/>.</summary>
    public double Perplexity => Math.Pow(2, Bits);

    /// <summary>
    /// Total bits over total units, with the standard error of a ratio of sums over independently drawn sequences (delta method): √(S/(S −
    /// 1)·Σ(bits_s − rate·units_s)²) / Σ units_s. Each bits_s includes the noise of its draws, so the error covers both.
    /// </summary>
    /// <param name="nats">The nats of each sequence.</param>
    /// <param name="units">The number of units in each sequence.</param>
    /// <param name="singleError">The standard error, in nats, of a single sequence, which has no spread.</param>
    internal static BitRate Of(IReadOnlyList<double> nats, IReadOnlyList<int> units, double singleError)
    {
        ArgumentNullException.ThrowIfNull(units);
        if (units.Count != nats.Count)
            throw new ArgumentException($"There are {units.Count} counts for {nats.Count} sequences. Give one for each.", nameof(units));
        long total = units.Sum(count => (long)count);
        if (total <= 0)
            throw new ArgumentException(
                "The counts sum to 0, so there is no rate. Give the number of units (tokens, words or characters) in each sequence.",
                nameof(units));
        double bit = Math.Log(2), rate = nats.Sum() / bit / total, squares = 0;
        int sequences = nats.Count;
        if (sequences == 1)
            return new BitRate(rate, singleError / bit / total);
        for (int i = 0; i < sequences; i++)
        {
            double residual = nats[i] / bit - rate * units[i];
            squares += residual * residual;
        }
        return new BitRate(rate, Math.Sqrt(squares * sequences / (sequences - 1)) / total);
    }
}
