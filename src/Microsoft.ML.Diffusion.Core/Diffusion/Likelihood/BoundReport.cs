using Microsoft.ML.Diffusion.Measures;

namespace Microsoft.ML.Diffusion;

/// <summary>An estimate of an upper bound of the negative log-likelihood of a set of sequences.</summary>
/// <param name="Nats">The estimate for each sequence: over its draws, in nats a sequence.</param>
/// <param name="Tokens">How many tokens of each sequence the bound is of: those that are not protected.</param>
/// <param name="Draws">How many draws (times, counts of masks, or orders) each sequence had.</param>
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
    public BitRate BitsPerToken => BitsPer(Tokens);

    /// <summary>
    /// The bound in bits per unit, total bits over total units. The standard error is over sequences, taken as independent, and covers
    /// the draws' noise. Of a single sequence only the draws' error is known, and that is given.
    /// </summary>
    /// <param name="units">How many units each sequence has, such as <see cref="TextUnits.Characters"/> or <see cref="TextUnits.Words(MaskedTexts, Text.Tokenizer)"/>.</param>
    /// <exception cref="ArgumentException">There is not one count for each sequence, or no unit at all.</exception>
    public BitRate BitsPer(IReadOnlyList<int> units) => BitRate.Of(Nats, units, DrawStandardError);
}
