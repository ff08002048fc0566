namespace Microsoft.ML.Diffusion;

/// <summary>An estimate of the NELBO, which bounds the negative log-likelihood from above, of a set of sequences.</summary>
/// <param name="Nats">The estimate for each sequence: the mean over its draws, in nats a sequence.</param>
/// <param name="Tokens">How many tokens of each sequence the bound is of: those that are not protected.</param>
/// <param name="Draws">How many draws each sequence had.</param>
/// <param name="DrawStandardError">
/// The standard error of <see cref="TotalNats"/> from the draws alone, were the data fixed, in nats: from the spread of each sequence's
/// draws, taken as independent. They are stratified, so it errs high. NaN with one draw.
/// </param>
public sealed record BoundReport(IReadOnlyList<double> Nats, IReadOnlyList<int> Tokens, int Draws, double DrawStandardError)
{
    /// <summary>The sum over the sequences, in nats.</summary>
    public double TotalNats => Nats.Sum();

    /// <summary>The number of tokens that the bound is of.</summary>
    public long TotalTokens => Tokens.Sum(count => (long)count);

    /// <summary>The bound in bits per token (unprotected ones; those given for nothing do not count).</summary>
    public BoundRate BitsPerToken => BitsPer(Tokens);

    /// <summary>
    /// The bound in bits per unit, total bits over total units. The standard error is that of a ratio of sums over sequences drawn
    /// independently (delta method): √(S/(S − 1)·Σ(bits_s − rate·units_s)²) / Σ units_s. As each bits_s has the noise of its draws in
    /// it, the error covers both. Of a single sequence only the draws' error is known, and that is given.
    /// </summary>
    /// <param name="units">How many units each sequence has, such as characters or words.</param>
    /// <exception cref="ArgumentException">There is not one count for each sequence, or no unit at all.</exception>
    public BoundRate BitsPer(IReadOnlyList<int> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        if (units.Count != Nats.Count)
            throw new ArgumentException($"There are {units.Count} counts for {Nats.Count} sequences. Give one for each.", nameof(units));
        long total = units.Sum(count => (long)count);
        if (total <= 0)
            throw new ArgumentException("The sequences have no unit at all, so there is no rate. Give the counts of what the bound is per.", nameof(units));
        double bit = Math.Log(2), rate = TotalNats / bit / total, squares = 0;
        int sequences = Nats.Count;
        if (sequences == 1)
            return new BoundRate(rate, DrawStandardError / bit / total);
        for (int i = 0; i < sequences; i++)
        {
            double residual = Nats[i] / bit - rate * units[i];
            squares += residual * residual;
        }
        return new BoundRate(rate, Math.Sqrt(squares * sequences / (sequences - 1)) / total);
    }
}
