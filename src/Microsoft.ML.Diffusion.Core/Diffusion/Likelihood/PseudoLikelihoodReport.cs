using Microsoft.ML.Diffusion.Measures;

namespace Microsoft.ML.Diffusion;

/// <summary>The negative pseudo-log-likelihood of a set of sequences: no bound of their likelihood.</summary>
/// <param name="Nats">Σ −log p(token | all others) of each sequence, in nats.</param>
/// <param name="Tokens">How many tokens of each sequence were measured: those that are not protected.</param>
public sealed record PseudoLikelihoodReport(IReadOnlyList<double> Nats, IReadOnlyList<int> Tokens)
{
    /// <summary>Bits per token; its <see cref="BitRate.Perplexity"/> is the pseudo-perplexity per token.</summary>
    public BitRate BitsPerToken => BitsPer(Tokens);

    /// <summary>Bits per unit, with a standard error over sequences; NaN of a single sequence, which has no spread.</summary>
    /// <param name="units">How many units each sequence has, such as <see cref="TextUnits.Characters"/> or <see cref="TextUnits.Words(MaskedTexts, Text.Tokenizer)"/>.</param>
    /// <exception cref="ArgumentException">There is not one count for each sequence, or no unit at all.</exception>
    public BitRate BitsPer(IReadOnlyList<int> units) => BitRate.Of(Nats, units, double.NaN);
}
