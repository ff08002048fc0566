namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The part of a model that a <see cref="Parameter"/> belongs to. Freezing, depth and reinitialization depend on this, never on the name.
/// </summary>
public readonly record struct ModelPart
{
    private enum Kind
    {
        Head,
        FinalNorm,
        Layer,
        Embeddings,
    }

    private readonly Kind _kind;
    private readonly int _layer;

    private ModelPart(Kind kind, int layer = 0) => (_kind, _layer) = (kind, layer);

    /// <summary>The head for one task, which reads the hidden states; the default.</summary>
    public static ModelPart Head => new(Kind.Head);

    /// <summary>The normalization after the last layer.</summary>
    public static ModelPart FinalNorm => new(Kind.FinalNorm);

    /// <summary>The embeddings, before the first layer.</summary>
    public static ModelPart Embeddings => new(Kind.Embeddings);

    /// <summary>The number of the layer, from 0; null for other parts.</summary>
    public int? Layer => _kind == Kind.Layer ? _layer : null;

    /// <summary>A layer.</summary>
    /// <param name="index">Its number, from 0.</param>
    public static ModelPart OfLayer(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(Kind.Layer, index);
    }

    /// <inheritdoc/>
    public override string ToString() => Layer is int layer ? $"layer {layer}" : _kind.ToString();
}
