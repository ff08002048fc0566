namespace Microsoft.ML.Diffusion.QuestionAnswering;

/// <summary>The options for answering, of a trainer or of a fine-tuned model.</summary>
internal interface IAnsweringOptions
{
    /// <summary>The column with the contexts.</summary>
    string ContextColumnName { get; }

    /// <summary>The column with the questions.</summary>
    string QuestionColumnName { get; }

    /// <summary>The output column for the answers.</summary>
    string PredictedAnswerColumnName { get; }

    /// <summary>The output column for the answers' probabilities.</summary>
    string ScoreColumnName { get; }

    /// <summary>The output column for the answers' start positions.</summary>
    string AnswerStartColumnName { get; }

    /// <summary>The output column for the no-answer margin.</summary>
    string NoAnswerMarginColumnName { get; }

    /// <summary>The maximum number of answers for a row.</summary>
    int TopK { get; }

    /// <summary>The maximum number of tokens of a window; 0 for the usual one.</summary>
    int MaxTokens { get; }

    /// <summary>The number of the context's tokens that a window shares with the next.</summary>
    int StrideOverlap { get; }

    /// <summary>The maximum number of tokens of a question.</summary>
    int MaxQuestionTokens { get; }

    /// <summary>The maximum length of an answer, in tokens.</summary>
    int MaxAnswerTokens { get; }

    /// <summary>The number of candidates that share the probability.</summary>
    int NBest { get; }

    /// <summary>Whether a context may hold no answer.</summary>
    bool AllowNoAnswer { get; }

    /// <summary>The threshold for predicting no answer; null if it is not given.</summary>
    double? NoAnswerThreshold { get; }
}
