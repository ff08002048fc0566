namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The embeddings: everything before the first layer of an encoder.</summary>
public sealed record EmbeddingConfiguration
{
    /// <summary>
    /// The width of token vectors, which a projection maps to the hidden size; null for vectors of the hidden size and no projection.
    /// </summary>
    public int? Width { get; init; }

    /// <summary>The number of token types (segments); 0 if the family has none.</summary>
    public int TokenTypes { get; init; }

    /// <summary>The number of rows of the position table before a sequence's first position (RoBERTa: 2).</summary>
    public int PositionOffset { get; init; }

    /// <summary>The dropout rate, in training.</summary>
    public double Dropout { get; init; }
}
