using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Scoring;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that applies a fine-tuned encoder to find the answers to questions in texts.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Question answering |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | Context: [Text](xref:Microsoft.ML.Data.TextDataViewType); Question: Text |
/// | Output column data type | Answer: variable-sized vector of [Text](xref:Microsoft.ML.Data.TextDataViewType); Score: variable-sized vector of [Single](xref:System.Single) (the probabilities of the answers); AnswerStart: variable-sized vector of [Int32](xref:System.Int32); NoAnswerMargin: Single |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// A context that is too long is read in overlapping windows, so no context is cut. An answer is a substring of the context. See
/// docs/ready-models.md.
/// ]]></format>
/// </remarks>
/// <seealso cref="ScoringCatalog.ApplyQuestionAnswering(TransformsCatalog.TextTransforms, QuestionAnsweringScoringEstimator.Options)"/>
public sealed class QuestionAnsweringScoringEstimator : ScoringEstimator<BertQuestionAnsweringTransformer>
{
    internal QuestionAnsweringScoringEstimator(IHostEnvironment env, Options options)
        : base(env, options, TaskKind.QuestionAnswering, problem: null, setup => new AnswerScoring(setup, options))
    {
    }

    /// <summary>The options: the model, the columns, and the settings for answering.</summary>
    public sealed class Options : ScoringOptions, IAnsweringOptions
    {
        /// <summary>The column with the contexts, which are the texts that may hold the answers; text.</summary>
        public string ContextColumnName { get; set; } = "Context";

        /// <summary>The column with the questions; text.</summary>
        public string QuestionColumnName { get; set; } = "Question";

        /// <summary>The output column for the answers.</summary>
        public string PredictedAnswerColumnName { get; set; } = "Answer";

        /// <summary>The output column for the answers' probabilities.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The output column for the answers' start positions.</summary>
        public string AnswerStartColumnName { get; set; } = "AnswerStart";

        /// <summary>The output column for the no-answer margin.</summary>
        public string NoAnswerMarginColumnName { get; set; } = "NoAnswerMargin";

        /// <summary>The maximum number of answers for a row.</summary>
        public int TopK { get; set; } = 3;

        /// <summary>
        /// The maximum number of tokens of a window, special tokens included; 0 for <see cref="EncoderModel.MaxLength"/>, but at most 384.
        /// </summary>
        public int MaxTokens { get; set; }

        /// <summary>
        /// The number of the context's tokens that a window shares with the next. (Google's <c>doc_stride</c> is different: the number of
        /// tokens by which a window advances.)
        /// </summary>
        public int StrideOverlap { get; set; } = 128;

        /// <summary>The maximum number of tokens of a question; a longer one is cut at its end and counted in a warning.</summary>
        public int MaxQuestionTokens { get; set; } = 64;

        /// <summary>The maximum length of an answer, in tokens.</summary>
        public int MaxAnswerTokens { get; set; } = 30;

        /// <summary>
        /// The number of starts and ends of a window that are combined, and the number of candidates that share the probability.
        /// </summary>
        public int NBest { get; set; } = 20;

        /// <summary>
        /// Whether a context may hold no answer, for a model that was fine-tuned on such contexts (SQuAD v2.0): "" is one of the
        /// candidates.
        /// </summary>
        public bool AllowNoAnswer { get; set; }

        /// <summary>
        /// The threshold for predicting no answer: by how much its score must exceed that of the best text. Null for 0.
        /// </summary>
        public double? NoAnswerThreshold { get; set; }
    }
}
