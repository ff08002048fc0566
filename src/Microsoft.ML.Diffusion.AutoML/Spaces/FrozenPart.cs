namespace Microsoft.ML.Diffusion;

/// <summary>How much of a model stays as it is while it is fine-tuned.</summary>
public enum FrozenPart
{
    /// <summary>Nothing: all of it learns.</summary>
    None,

    /// <summary>The embeddings.</summary>
    Embeddings,

    /// <summary>The embeddings and a quarter of the layers, the lowest, rounded down.</summary>
    QuarterOfLayers,

    /// <summary>The embeddings and half of the layers, the lowest, rounded down.</summary>
    HalfOfLayers,
}
