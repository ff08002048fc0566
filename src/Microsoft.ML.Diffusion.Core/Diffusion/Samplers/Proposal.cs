using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>The denoiser's proposal for a masked position.</summary>
internal struct Proposal
{
    public int Position;

    /// <summary>A token drawn from the position's distribution.</summary>
    public int Token;

    /// <summary>The log-probability of the drawn token, if the sampler needs it: see <see cref="TokenFilter.LogProbability"/>.</summary>
    public double LogProbability;

    /// <summary>How certain the denoiser is of the position, by the sampler's score: see <see cref="TokenFilter.LogConfidence"/>.</summary>
    public double LogConfidence;
}
