namespace Microsoft.ML.Diffusion;

/// <summary>An estimated upper bound in bits per something that the asker counted.</summary>
/// <param name="Bits">The estimate.</param>
/// <param name="StandardError">Its standard error, in bits, over sequences and draws.</param>
public readonly record struct BoundRate(double Bits, double StandardError)
{
    /// <summary>The lower end of the 95 % interval, by the normal approximation.</summary>
    public double Low => Bits - 1.96 * StandardError;

    /// <summary>The upper end of the 95 % interval, by the normal approximation.</summary>
    public double High => Bits + 1.96 * StandardError;

    /// <summary>The perplexity per the same unit, 2^<see cref="Bits"/>.</summary>
    public double Perplexity => Math.Pow(2, Bits);
}
