using Microsoft.ML.Diffusion.Encoders.Heads;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>What a <see cref="TaskHead"/> reads and says.</summary>
public enum TaskKind
{
    /// <summary>Numbers for each sequence: class logits, or a regression's value.</summary>
    SequenceClassification,
    /// <summary>Logits of tags for each token.</summary>
    TokenClassification,
    /// <summary>For each token, how well an answer would start there, and end there: two numbers.</summary>
    QuestionAnswering,
}
