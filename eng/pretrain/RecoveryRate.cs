using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// The share of tokens that are right, over texts with different numbers of tokens, with its 95 % interval by the bootstrap over texts: the
/// tokens of one text are not independent.
/// </summary>
internal static class RecoveryRate
{
    private const int Resamples = 2000;

    /// <summary>The share and its interval.</summary>
    /// <param name="right">
    /// The number of right tokens of each text; for the difference of two shares, the difference of two such numbers.
    /// </param>
    /// <param name="tokens">The number of tokens of each text.</param>
    /// <param name="seed">The seed of the resampling; equal seeds draw equal resamples.</param>
    public static (double Share, double Low, double High) Of(IReadOnlyList<int> right, IReadOnlyList<int> tokens, ulong seed)
    {
        var shares = new double[Resamples];
        for (int resample = 0; resample < Resamples; resample++)
        {
            long rightSum = 0, sum = 0;
            for (int i = 0; i < tokens.Count; i++)
            {
                int drawn = (int)(Philox.Uniform(seed, (ulong)resample, (ulong)i) * tokens.Count);
                rightSum += right[drawn];
                sum += tokens[drawn];
            }
            shares[resample] = (double)rightSum / sum;
        }
        Array.Sort(shares);
        return ((double)right.Sum() / tokens.Sum(), shares[(int)(.025 * Resamples)], shares[(int)(.975 * Resamples)]);
    }
}
