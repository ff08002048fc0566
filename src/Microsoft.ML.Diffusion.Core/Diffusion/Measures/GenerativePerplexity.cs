using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// How plausible generated texts are to another model: their <see cref="PseudoLikelihood"/> under it.
/// </summary>
/// <remarks>
/// A low value is not good by itself. Repetition and stock phrases have a lower perplexity than human text, and so have samples at a low
/// temperature: always report it with <see cref="TextMeasures.TokenEntropy{T}"/> of the same samples, and with both values for human text
/// of equal length. Values under different judges, or for other lengths, cannot be compared. The judge sees both sides of a token, so this
/// is a pseudo-perplexity, not that of a left-to-right model, which the literature reports under this name.
/// </remarks>
public static class GenerativePerplexity
{
    /// <summary>Measures texts.</summary>
    /// <param name="judge">The other model. A judge that wrote the texts itself scores them too well.</param>
    /// <param name="tokenizer">The other model's tokenizer.</param>
    /// <param name="maxLength">The longest sequence that the judge takes; longer texts are split, and the parts summed.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Checked before every run of the judge.</param>
    /// <returns>One score per text.</returns>
    public static PseudoLikelihoodReport Measure(IDenoiser judge, Tokenizer tokenizer, int maxLength, IReadOnlyList<string> texts,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(judge);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        var pieces = new MaskedTexts(tokenizer, maxLength);
        List<int> owners = [];
        for (int i = 0; i < texts.Count; i++)
        {
            pieces.Add("", texts[i]);
            while (owners.Count < pieces.Sequences.Count)
                owners.Add(i);
        }
        PseudoLikelihoodReport report = PseudoLikelihood.Measure(judge, pieces.Sequences, pieces.Leading, isProtected: tokenizer.IsSpecial,
            cancellationToken: cancellationToken);
        double[] nats = new double[texts.Count];
        int[] tokens = new int[texts.Count];
        for (int i = 0; i < owners.Count; i++)
        {
            nats[owners[i]] += report.Nats[i];
            tokens[owners[i]] += report.Tokens[i];
        }
        return new PseudoLikelihoodReport(nats, tokens);
    }
}
