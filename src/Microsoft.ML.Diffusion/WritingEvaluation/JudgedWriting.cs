namespace Microsoft.ML.Diffusion;

/// <summary>
/// How plausible texts are to a model: the negative pseudo-log-likelihood, each token masked alone. It is no bound of a likelihood, and not
/// what the literature calls generative perplexity, which is of a left-to-right model; text that repeats itself has little of it. Figures
/// under different models, or of texts of other lengths, cannot be compared. See <see cref="GenerativePerplexity"/>.
/// </summary>
public sealed class JudgedWriting
{
    internal JudgedWriting(PseudoLikelihoodReport report, IReadOnlyList<int> words, IReadOnlyList<int> characters) =>
        (Texts, BitsPerToken, BitsPerWord, BitsPerCharacter) = (report.Nats.Count, report.BitsPerToken, report.BitsPer(words), report.BitsPer(characters));

    /// <summary>The number of texts judged.</summary>
    public int Texts { get; }

    /// <summary>Bits per token of the model's tokenizer; its perplexity is the pseudo-perplexity per token.</summary>
    public BitRate BitsPerToken { get; }

    /// <summary>Bits per word.</summary>
    public BitRate BitsPerWord { get; }

    /// <summary>Bits per UTF-16 character: the one to compare models of different vocabularies by.</summary>
    public BitRate BitsPerCharacter { get; }
}
