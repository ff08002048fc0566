namespace Microsoft.ML.Diffusion;

/// <summary>
/// The plausibility of texts under a model: the negative pseudo-log-likelihood, each token masked alone. It is not a bound on the
/// likelihood, and not the generative perplexity of the literature, which uses a left-to-right model. Repetitive text has a low value.
/// Values under different models, or of texts of different lengths, cannot be compared. See <see cref="GenerativePerplexity"/>.
/// </summary>
public sealed class JudgedWriting
{
    internal JudgedWriting(PseudoLikelihoodReport report, IReadOnlyList<int> words, IReadOnlyList<int> characters) =>
        (Texts, BitsPerToken, BitsPerWord, BitsPerCharacter) =
            (report.Nats.Count, report.BitsPerToken, report.BitsPer(words), report.BitsPer(characters));

    /// <summary>The number of texts that the model judged.</summary>
    public int Texts { get; }

    /// <summary>Bits per token of the model's tokenizer; its perplexity is the pseudo-perplexity per token.</summary>
    public BitRate BitsPerToken { get; }

    /// <summary>Bits per word.</summary>
    public BitRate BitsPerWord { get; }

    /// <summary>Bits per UTF-16 character: use this one to compare models with different vocabularies.</summary>
    public BitRate BitsPerCharacter { get; }
}
