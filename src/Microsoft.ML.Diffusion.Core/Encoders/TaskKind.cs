using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The input and output of a <see cref="TaskHead"/>.</summary>
public enum TaskKind
{
    /// <summary>For each sequence: class logits, or a regression's value.</summary>
    SequenceClassification,
    /// <summary>Logits of tags for each token.</summary>
    TokenClassification,
    /// <summary>For each token, two logits: that an answer starts there, and that one ends there.</summary>
    QuestionAnswering,
}
