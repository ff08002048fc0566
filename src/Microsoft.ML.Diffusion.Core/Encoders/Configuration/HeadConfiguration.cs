using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The masked-language head, and the heads of tasks.</summary>
public sealed record HeadConfiguration
{
    /// <summary>The activation of the inner linear layer.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Whether the inner linear layer has a bias.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Whether the decoder has a bias.</summary>
    public bool HasDecoderBias { get; init; } = true;

    /// <summary>Whether the decoder's weight is the token table.</summary>
    public bool IsTied { get; init; } = true;

    /// <summary>The dropout rate in the head of a task, while training.</summary>
    public double Dropout { get; init; }

    /// <summary>That of question answering, where the family has one of its own (DistilBERT).</summary>
    public double? AnswerDropout { get; init; }

    /// <summary>What stands for a whole sequence in the head of a task.</summary>
    public TextPooling Pooling { get; init; }
}
