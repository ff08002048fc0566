using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>What the denoiser proposes for a masked position.</summary>
internal struct Proposal
{
    public int Position;

    /// <summary>A token drawn from the position's law.</summary>
    public int Token;

    /// <summary>The logarithm of the drawn token's probability, where the sampler asks for it: see <see cref="TokenFilter.LogProbability"/>.</summary>
    public double LogProbability;

    /// <summary>How sure the denoiser is of the position, by the sampler's score: see <see cref="TokenFilter.LogConfidence"/>.</summary>
    public double LogConfidence;
}
