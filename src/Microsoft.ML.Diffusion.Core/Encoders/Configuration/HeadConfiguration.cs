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

    /// <summary>Whether the decoder's weight is the token table (tied).</summary>
    public bool IsTied { get; init; } = true;

    /// <summary>The dropout rate in the head of a task, in training.</summary>
    public double Dropout { get; init; }

    /// <summary>The dropout rate of question answering, if the family has a separate one (DistilBERT).</summary>
    public double? AnswerDropout { get; init; }

    /// <summary>How the head of a task pools a sequence.</summary>
    public TextPooling Pooling { get; init; }
}
