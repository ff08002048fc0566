using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Estimates the NELBO by masking exactly k of a sequence's L unprotected tokens, with k uniform on 1..L, and weighting the masked tokens'
/// −log p by L/k. This is the same bound as under any schedule that runs from 1 to 0, with less variance (Nie et al., LLaDA, 2025). The k
/// of a sequence's draws are stratified: k = 1 + ⌊L·((u + draw/Draws) mod 1)⌋.
/// </summary>
public sealed class NelboEstimator : BoundEstimator
{
    private const ulong KeyTag = 0x6E656C626F; // "nelbo"

    /// <summary>Makes an estimator.</summary>
    /// <param name="denoiser">The model to evaluate.</param>
    /// <param name="options">How to estimate.</param>
    /// <param name="isProtected">Ids that are given and not scored, such as a tokenizer's special tokens; null for none except the
    /// mask.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public NelboEstimator(IDenoiser denoiser, NelboOptions options, Func<int, bool>? isProtected = null)
        : base(denoiser, options, isProtected, KeyTag)
    {
    }

    private protected override void Draw(ReadOnlySpan<int> sequence, ReadOnlySpan<int> maskable, ulong key, int draw,
        CancellationToken cancellationToken)
    {
        int length = maskable.Length;
        double offset = Philox.Uniform(key, ulong.MaxValue, 0);
        int masked = Math.Min(1 + (int)(length * ((offset + (double)draw / Draws) % 1)), length);
        Scorer.Copy(sequence, cancellationToken: cancellationToken);
        // Knuth's selection sampling: every set of that many positions is as likely as any other.
        for (int i = 0, needed = masked; needed > 0; i++)
        {
            int position = maskable[i];
            if (Philox.Uniform(key, (ulong)draw, (ulong)position) * (length - i) >= needed)
                continue;
            Scorer.MaskAndAsk(position, (double)length / masked, draw);
            needed--;
        }
    }
}
