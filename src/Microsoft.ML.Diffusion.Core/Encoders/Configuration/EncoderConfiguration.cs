namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>What an encoder is built from; its <see cref="EncoderFamily"/> puts the parts together.</summary>
public sealed record EncoderConfiguration
{
    /// <summary>The number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of layers that are run, one after the other.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of layers that have weights of their own, where some are run several times (ALBERT); null where all have.</summary>
    public int? DistinctLayers { get; init; }

    /// <summary>The number of layers whose weights a checkpoint has.</summary>
    internal int StoredLayers => DistinctLayers ?? Layers;

    /// <summary>The longest sequence, opening and closing tokens included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>What becomes of tokens before the first layer.</summary>
    public EmbeddingConfiguration Embeddings { get; init; } = new();

    /// <summary>The first half of each layer.</summary>
    public required AttentionConfiguration Attention { get; init; }

    /// <summary>The second half of each layer.</summary>
    public required FeedForwardConfiguration FeedForward { get; init; }

    /// <summary>All normalisations.</summary>
    public NormConfiguration Norm { get; init; } = new();

    /// <summary>What reads the hidden states.</summary>
    public HeadConfiguration Head { get; init; } = new();

    /// <summary>The standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The id used for padding in the configuration file; nothing is padded here.</summary>
    public int PadToken { get; init; }

    /// <summary>The same with another rate of dropout in the embeddings, in what sublayers add, where the family drops there, and in a task's head.</summary>
    public EncoderConfiguration WithDropout(double rate) => this with
    {
        Embeddings = Embeddings with { Dropout = rate },
        Attention = Attention with { OutputDropout = Attention.OutputDropout is null ? null : rate },
        FeedForward = FeedForward with { Dropout = FeedForward.Dropout is null ? null : rate },
        Head = Head with { Dropout = rate, AnswerDropout = Head.AnswerDropout is null ? null : rate },
    };
}
