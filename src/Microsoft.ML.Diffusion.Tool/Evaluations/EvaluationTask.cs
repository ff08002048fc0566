namespace Microsoft.ML.Diffusion.Tool.Evaluations;

/// <summary>The kinds of models that are measured.</summary>
internal enum EvaluationTask
{
    /// <summary>Classes, labels or numbers for texts.</summary>
    Sequences,

    /// <summary>Answers to questions.</summary>
    Answers,

    /// <summary>Named entities.</summary>
    Entities,
}
