using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Likelihood;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The pseudo-log-likelihood Σ log p(token | all others), each token masked alone. It is neither the log-likelihood nor a bound of it in
/// either direction, so it compares texts under one model, not models. Salazar et al., "Masked Language Model Scoring" (2020).
/// </summary>
public static class PseudoLikelihood
{
    /// <summary>Measures sequences; one of L tokens costs L runs of the denoiser.</summary>
    /// <param name="denoiser">The model.</param>
    /// <param name="sequences">The clean sequences.</param>
    /// <param name="leading">The number of tokens at the start of each that are given, [Count] or empty for none.</param>
    /// <param name="trailing">The number of tokens at the end of each that are given, [Count] or empty for none.</param>
    /// <param name="isProtected">Ids that are given and not scored, such as a tokenizer's special tokens; null for none except the
    /// mask.</param>
    /// <param name="tokenBudget">The most tokens in one denoiser batch. It does not change results.</param>
    /// <param name="cancellationToken">Checked before every run of the denoiser.</param>
    public static PseudoLikelihoodReport Measure(
        IDenoiser denoiser,
        RaggedTokens sequences,
        ReadOnlySpan<int> leading = default,
        ReadOnlySpan<int> trailing = default,
        Func<int, bool>? isProtected = null,
        int tokenBudget = 4096,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(denoiser);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenBudget, 1);
        MaskedPositions.CheckCounts(sequences, leading, trailing);
        var scorer = new MaskedScorer(denoiser, tokenBudget);
        List<int> positions = [];
        int[] tokens = new int[sequences.Count];
        for (int i = 0; i < sequences.Count; i++)
        {
            MaskedPositions.Find(sequences[i], leading.IsEmpty ? 0 : leading[i], trailing.IsEmpty ? 0 : trailing[i], denoiser.MaskToken,
                isProtected, positions);
            tokens[i] = positions.Count;
            scorer.Begin(1);
            foreach (int position in CollectionsMarshal.AsSpan(positions))
            {
                scorer.Copy(sequences[i], cancellationToken: cancellationToken);
                scorer.MaskAndAsk(position, 1, 0);
            }
        }
        scorer.Run(cancellationToken);
        return new PseudoLikelihoodReport([.. scorer.Sums.Select(sums => sums[0])], tokens);
    }
}
