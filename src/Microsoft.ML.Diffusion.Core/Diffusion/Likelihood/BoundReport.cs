using Microsoft.ML.Diffusion.Measures;

namespace Microsoft.ML.Diffusion;

/// <summary>An estimate of an upper bound of the negative log-likelihood of a set of sequences.</summary>
/// <param name="Nats">The estimate for each sequence: the mean over its draws, unless the estimator combines them otherwise, in nats per
/// sequence.</param>
/// <param name="Tokens">The number of scored tokens in each sequence: those that are not protected.</param>
/// <param name="Draws">The number of draws (times, counts of masks, or orders) of each sequence.</param>
/// <param name="DrawStandardError">
/// The standard error of <see cref="TotalNats"/> from the draws alone, in nats, with the data fixed. It is computed from the spread of each
/// sequence's draws as if they were independent; they are stratified, so it is an overestimate. NaN with one draw.
/// </param>
public sealed record BoundReport(IReadOnlyList<double> Nats, IReadOnlyList<int> Tokens, int Draws, double DrawStandardError)
{
    /// <summary>The sum over the sequences, in nats.</summary>
    public double TotalNats => Nats.Sum();

    /// <summary>The number of scored tokens.</summary>
    public long TotalTokens => Tokens.Sum(count => (long)count);

    /// <summary>The bound in bits per scored token; given tokens do not count.</summary>
    public BitRate BitsPerToken => BitsPer(Tokens);

    /// <summary>
    /// The bound in bits per unit, total bits over total units. The standard error is over sequences, taken as independent, and includes
    /// the draws' noise. For a single sequence it is the draws' error alone.
    /// </summary>
    /// <param name="units">The number of units in each sequence, such as <see cref="TextUnits.Characters"/> or
    /// <see cref="TextUnits.Words(MaskedTexts, Text.Tokenizer)"/>.</param>
    /// <exception cref="ArgumentException">There is not one count for each sequence, or the counts sum to 0.</exception>
    public BitRate BitsPer(IReadOnlyList<int> units) => BitRate.Of(Nats, units, DrawStandardError);
}
