namespace Microsoft.ML.Diffusion;

/// <summary>The kinds of sampler that a sweep tries.</summary>
public enum SamplerKind
{
    /// <summary><see cref="Sampler.TopConfidence"/>, with a confidence score and its temperature.</summary>
    TopConfidence,

    /// <summary><see cref="Sampler.Ancestral"/>.</summary>
    Ancestral,

    /// <summary><see cref="Sampler.Threshold"/>, with a threshold.</summary>
    Threshold,

    /// <summary><see cref="Sampler.Factor"/>, with a factor.</summary>
    Factor,

    /// <summary><see cref="Sampler.ReMdmCap"/>, with a rate of masking again.</summary>
    ReMdmCap,
}
