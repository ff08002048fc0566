using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>What an encoder is built from: the union of what the families need, each of which sets its own part.</summary>
public sealed record EncoderConfiguration
{
    /// <summary>The number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The width of hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of attention heads; it divides the hidden size.</summary>
    public required int Heads { get; init; }

    /// <summary>The width inside the feed-forward part (of each half, where it is gated).</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>The longest sequence, opening and closing tokens included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>The rows of the position table that come before a sequence's first position (RoBERTa: 2).</summary>
    public int PositionOffset { get; init; }

    /// <summary>The number of token types (segments); 0 where the family has none.</summary>
    public int TokenTypes { get; init; }

    /// <summary>ε of layer normalisation.</summary>
    public double NormEpsilon { get; init; } = 1e-12;

    /// <summary>The activation of the feed-forward part.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>The activation of the masked-language head.</summary>
    public Activation HeadActivation { get; init; } = Activation.Gelu;

    /// <summary>Whether positions are rotary and layers normalise first (ModernBERT), rather than learned and normalise last (BERT).</summary>
    public bool IsModern { get; init; }

    /// <summary>Whether normalisations have biases.</summary>
    public bool NormBias { get; init; } = true;

    /// <summary>Whether attention's linear layers have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Whether the feed-forward part's linear layers have biases.</summary>
    public bool FeedForwardBias { get; init; } = true;

    /// <summary>Whether the masked-language head's inner linear layer has a bias.</summary>
    public bool HeadBias { get; init; } = true;

    /// <summary>Whether the decoder has a bias.</summary>
    public bool DecoderBias { get; init; } = true;

    /// <summary>Whether the decoder's weight is the token table.</summary>
    public bool TiedDecoder { get; init; } = true;

    /// <summary>Every n-th layer, from the first on, sees the whole sequence; 1 for all layers.</summary>
    public int GlobalLayerInterval { get; init; } = 1;

    /// <summary>The window of the other layers: a position sees half of it to either side.</summary>
    public int LocalWindow { get; init; }

    /// <summary>The rotary base of layers that see everything.</summary>
    public double GlobalTheta { get; init; }

    /// <summary>The rotary base of layers with a window.</summary>
    public double LocalTheta { get; init; }

    /// <summary>The dropout rate of what sublayers add, while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The dropout rate of the embeddings, while training.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>The dropout rate of attention's probabilities, while training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>The dropout rate in a task's head, while training.</summary>
    public double ClassifierDropout { get; init; }

    /// <summary>What stands for a whole sequence in a task's head.</summary>
    public TextPooling Pooling { get; init; }

    /// <summary>The standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The id used for padding in the configuration file; nothing is padded here.</summary>
    public int PadToken { get; init; }

    /// <summary>The farthest position that a layer's attention sees.</summary>
    public int Reach(int layer) => layer % GlobalLayerInterval == 0 ? int.MaxValue : LocalWindow / 2;

    /// <summary>The rotary base of a layer.</summary>
    public double Theta(int layer) => layer % GlobalLayerInterval == 0 ? GlobalTheta : LocalTheta;
}
