using Microsoft.ML.Diffusion.Measures;

namespace Microsoft.ML.Diffusion;

/// <summary>The negative pseudo-log-likelihood of a set of sequences. It is not a bound of their likelihood.</summary>
/// <param name="Nats">Σ −log p(token | all others) of each sequence, in nats.</param>
/// <param name="Tokens">The number of scored tokens in each sequence: those that are not protected.</param>
public sealed record PseudoLikelihoodReport(IReadOnlyList<double> Nats, IReadOnlyList<int> Tokens)
{
    /// <summary>Bits per token; its <see cref="BitRate.Perplexity"/> is the pseudo-perplexity per token.</summary>
    public BitRate BitsPerToken => BitsPer(Tokens);

    /// <summary>Bits per unit, with a standard error over sequences; the error is NaN for a single sequence, which has no spread.</summary>
    /// <param name="units">The number of units in each sequence, such as <see cref="TextUnits.Characters"/> or
    /// <see cref="TextUnits.Words(MaskedTexts, Text.Tokenizer)"/>.</param>
    /// <exception cref="ArgumentException">There is not one count for each sequence, or the counts sum to 0.</exception>
    public BitRate BitsPer(IReadOnlyList<int> units) => BitRate.Of(Nats, units, double.NaN);
}
