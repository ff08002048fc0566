namespace Microsoft.ML.Diffusion;

/// <summary>The part of a model that is frozen during fine-tuning.</summary>
public enum FrozenPart
{
    /// <summary>Nothing: the whole model is trained.</summary>
    None,

    /// <summary>The embeddings.</summary>
    Embeddings,

    /// <summary>The embeddings and the lowest quarter of the layers, rounded down.</summary>
    QuarterOfLayers,

    /// <summary>The embeddings and the lowest half of the layers, rounded down.</summary>
    HalfOfLayers,
}
