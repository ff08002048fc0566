namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>An encoder's configuration, from which its <see cref="EncoderFamily"/> builds it.</summary>
public sealed record EncoderConfiguration
{
    /// <summary>The number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of layers that are run.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of layers with their own weights, if some are run several times (ALBERT); null if all have their own.</summary>
    public int? DistinctLayers { get; init; }

    /// <summary>The number of layers whose weights a checkpoint has.</summary>
    internal int StoredLayers => DistinctLayers ?? Layers;

    /// <summary>The longest sequence, opening and closing tokens included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>The embeddings.</summary>
    public EmbeddingConfiguration Embeddings { get; init; } = new();

    /// <summary>The first half of each layer.</summary>
    public required AttentionConfiguration Attention { get; init; }

    /// <summary>The second half of each layer.</summary>
    public required FeedForwardConfiguration FeedForward { get; init; }

    /// <summary>All layer normalizations.</summary>
    public NormConfiguration Norm { get; init; } = new();

    /// <summary>The heads.</summary>
    public HeadConfiguration Head { get; init; } = new();

    /// <summary>The standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The id used for padding in the configuration file; nothing is padded here.</summary>
    public int PadToken { get; init; }

    /// <summary>
    /// The same with another dropout rate for the embeddings, for the outputs of sublayers (if the family has dropout there), and for a
    /// task's head.
    /// </summary>
    public EncoderConfiguration WithDropout(double rate) => this with
    {
        Embeddings = Embeddings with { Dropout = rate },
        Attention = Attention with { OutputDropout = Attention.OutputDropout is null ? null : rate },
        FeedForward = FeedForward with { Dropout = FeedForward.Dropout is null ? null : rate },
        Head = Head with { Dropout = rate, AnswerDropout = Head.AnswerDropout is null ? null : rate },
    };
}
