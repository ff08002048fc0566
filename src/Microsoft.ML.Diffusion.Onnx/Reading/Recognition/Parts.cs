using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Onnx.Reading.Values;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Recognition;

/// <summary>A linear layer.</summary>
/// <param name="Weight">[inputs × outputs].</param>
/// <param name="Bias">[outputs]; null for none.</param>
internal sealed record LinearPart(Constant Weight, Constant? Bias)
{
    public int Inputs => Weight.Dims[0];

    public int Outputs => Weight.Dims[1];

    public bool Equals(LinearPart? other) => other is not null && Weight.Equals(other.Weight) &&
        (Bias is null ? other.Bias is null : other.Bias is not null && Bias.Equals(other.Bias));

    public override int GetHashCode() => Outputs;
}

/// <summary>A layer normalization.</summary>
internal sealed record NormPart(int Width, double Epsilon, Constant? Scale, Constant? Bias);

/// <summary>The embeddings.</summary>
/// <param name="Tokens">[vocabulary × width].</param>
/// <param name="Positions">[positions × width]; null for none.</param>
/// <param name="PositionOffset">The row of the first position.</param>
/// <param name="Types">[types × width]; null for none.</param>
/// <param name="Norm">The normalization.</param>
/// <param name="Projection">From the width of token vectors to the hidden size; null for none.</param>
internal sealed record EmbeddingPart(
    Weight Tokens, Weight? Positions, int PositionOffset, Weight? Types, NormPart Norm, LinearPart? Projection);

/// <summary>Attention: query, key, value.</summary>
internal sealed record AttentionPart(LinearPart Query, LinearPart Key, LinearPart Value, int Heads)
{
    /// <summary>The base of rotary positions; null for none, or if it cannot be told from the heads' width.</summary>
    public double? Theta { get; init; }

    /// <summary>Whether positions are rotary.</summary>
    public bool IsRotary { get; init; }

    /// <summary>The values in the graph that mask the scores.</summary>
    public required IReadOnlyList<Masked> Masks { get; init; }

    /// <summary>The greatest distance that a token sees; null for any.</summary>
    public int? Reach { get; set; }
}

/// <summary>A layer.</summary>
internal sealed record LayerPart(
    AttentionPart Attention, LinearPart AttentionOutput, NormPart? AttentionNorm, LinearPart Intermediate, LinearPart? Gate,
    Activation Activation, LinearPart Output, NormPart Norm);

/// <summary>An encoder.</summary>
/// <param name="Hidden">The last hidden states.</param>
/// <param name="Embeddings">The embeddings.</param>
/// <param name="Layers">The layers in running order.</param>
/// <param name="FinalNorm">The last normalization of an encoder that normalizes before its sublayers; null for one that does after.</param>
internal sealed record EncoderPart(Computation Hidden, EmbeddingPart Embeddings, IReadOnlyList<LayerPart> Layers, NormPart? FinalNorm)
{
    public int Width => Hidden.Dims[^1];

    public IEnumerable<NormPart> Norms => new[] { Embeddings.Norm, FinalNorm }
        .Concat(Layers.SelectMany(layer => new[] { layer.AttentionNorm, layer.Norm })).OfType<NormPart>();
}

/// <summary>A head.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Dense">Its first layer; null for none.</param>
/// <param name="Activation">The activation after it.</param>
/// <param name="Norm">The normalization after that; null for none.</param>
/// <param name="Output">The last layer; null for a pooler.</param>
/// <param name="IsMean">Whether it sees the mean of all tokens, not the first one.</param>
internal sealed record HeadPart(HeadKind Kind, LinearPart? Dense, Activation Activation, NormPart? Norm, LinearPart? Output, bool IsMean);

/// <summary>What a head is for.</summary>
internal enum HeadKind
{
    /// <summary>None: hidden states, or vectors of texts made from them without weights.</summary>
    None,

    /// <summary>BERT's pooler alone.</summary>
    Pooler,

    /// <summary>Masked-language logits.</summary>
    MaskedLanguage,

    /// <summary>A label or number for a sequence.</summary>
    Sequence,

    /// <summary>A label for each token.</summary>
    Token,

    /// <summary>The start and end of an answer.</summary>
    Answer,
}
