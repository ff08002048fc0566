namespace Microsoft.ML.Diffusion.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum RateDecay
{
    /// <summary>No decay.</summary>
    Constant,
    /// <summary>Linearly to zero.</summary>
    Linear,
    /// <summary>Along half a cosine to zero.</summary>
    Cosine,
}
