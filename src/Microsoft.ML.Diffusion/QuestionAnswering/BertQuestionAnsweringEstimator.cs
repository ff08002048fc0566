using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to find the answers to questions in texts.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Question answering |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Context: [Text](xref:Microsoft.ML.Data.TextDataViewType); Question: Text; TrainingAnswer: Text; AnswerIndex: [Int32](xref:System.Int32) (the transformer reads only Context and Question) |
/// | Output column data type | Answer: variable-sized vector of [Text](xref:Microsoft.ML.Data.TextDataViewType); Score: variable-sized vector of [Single](xref:System.Single) (the probabilities of the answers); AnswerStart: variable-sized vector of [Int32](xref:System.Int32); NoAnswerMargin: Single |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The model predicts two scores for each token: that an answer starts there and that it ends there (Devlin et al., BERT, 2018). A context
/// that is too long is read in overlapping windows, so none is cut, for any length. An answer is a substring of the context. A question
/// that is longer than MaxQuestionTokens is cut at its end; a warning counts such questions.
///
/// An empty TrainingAnswer means that the context holds no answer. If AllowNoAnswer is set, such a row is trained on; otherwise it is left
/// out, and a warning counts such rows. A row whose answer is not in its context at AnswerIndex is left out and counted in the same way.
///
/// The same data, options and seed give the same model, for any number of threads.
/// ]]></format>
/// </remarks>
/// <seealso cref="QuestionAnsweringCatalog.BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertQuestionAnsweringEstimator.Options)"/>
public sealed class BertQuestionAnsweringEstimator : TrainingEstimator<BertQuestionAnsweringTransformer, TaskModel>
{
    internal BertQuestionAnsweringEstimator(IHostEnvironment env, Options options)
        : base(env, options, static setup => new QuestionAnsweringRecipe(setup))
    {
    }

    /// <summary>The options: the columns, the training settings, and the settings for answering.</summary>
    public sealed class Options : TrainerOptions
    {
        private const int UsualMaxTokens = 384;

        /// <summary>The column with the contexts, which are the texts that may hold the answers; text.</summary>
        public string ContextColumnName { get; set; } = "Context";

        /// <summary>The column with the questions; text.</summary>
        public string QuestionColumnName { get; set; } = "Question";

        /// <summary>
        /// The column with the training answers as they are written in the contexts; text. An empty text means that there is no answer.
        /// </summary>
        public string TrainingAnswerColumnName { get; set; } = "TrainingAnswer";

        /// <summary>The column with the start of the answer, as a character position in the context; Int32.</summary>
        public string AnswerIndexColumnName { get; set; } = "AnswerIndex";

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
        /// The maximum number of tokens of a window, special tokens included; 0 for the model's maximum, but at most 384.
        /// </summary>
        public int MaxTokens { get; set; }

        /// <summary>
        /// The number of the context's tokens that a window shares with the next. (Google's <c>doc_stride</c> is different: the number of
        /// tokens by which a window advances.)
        /// </summary>
        public int StrideOverlap { get; set; } = 128;

        /// <summary>The maximum number of tokens of a question; the rest is cut.</summary>
        public int MaxQuestionTokens { get; set; } = 64;

        /// <summary>The maximum length of an answer, in tokens.</summary>
        public int MaxAnswerTokens { get; set; } = 30;

        /// <summary>
        /// The number of starts and ends of a window that are combined, and the number of candidates that share the probability.
        /// </summary>
        public int NBest { get; set; } = 20;

        /// <summary>
        /// Whether a context may hold no answer (SQuAD v2.0): rows with an empty answer are trained on, and "" is one of the candidates.
        /// </summary>
        public bool AllowNoAnswer { get; set; }

        /// <summary>
        /// The threshold for predicting no answer: by how much its score must exceed that of the best text. Null takes the best value on
        /// the validation rows, or 0 if there are none.
        /// </summary>
        public double? NoAnswerThreshold { get; set; }

        internal QuestionAnsweringColumns ToColumns() =>
            new(ContextColumnName, QuestionColumnName, PredictedAnswerColumnName, ScoreColumnName, AnswerStartColumnName,
                NoAnswerMarginColumnName);

        internal QuestionWindowOptions ToWindows(OpenedModel model)
        {
            EncoderConfiguration configuration = model.Configuration;
            if (MaxTokens < 0 || MaxTokens > configuration.MaxLength)
                throw new ArgumentException(
                    $"MaxTokens is {MaxTokens}; expected at most the {configuration.MaxLength} tokens of the model's maximum, or 0 " +
                    $"for the default.");
            var windows = new QuestionWindowOptions
            {
                MaxTokens = MaxTokens == 0 ? Math.Min(UsualMaxTokens, configuration.MaxLength) : MaxTokens,
                StrideOverlap = StrideOverlap,
                MaxQuestionTokens = MaxQuestionTokens,
                SpecialTokensBetween = model.Family.SeparatorsOf(model.Tokenizer),
            };
            windows.Validate();
            return windows;
        }

        internal SpanDecoderOptions ToDecoder(IExceptionContext env)
        {
            env.CheckUserArg(NBest >= 1, nameof(NBest), $"It is {NBest}; expected 1 or more");
            env.CheckUserArg(TopK >= 1 && TopK <= NBest, nameof(TopK), $"It is {TopK}; expected 1 to NBest, which is {NBest}");
            env.CheckUserArg(MaxAnswerTokens >= 1, nameof(MaxAnswerTokens), $"It is {MaxAnswerTokens}; expected 1 or more");
            env.CheckUserArg(NoAnswerThreshold is null || AllowNoAnswer, nameof(NoAnswerThreshold),
                $"It is {NoAnswerThreshold} and AllowNoAnswer is false; set AllowNoAnswer, or leave the threshold null");
            env.CheckUserArg(NoAnswerThreshold is null || !double.IsNaN(NoAnswerThreshold.Value), nameof(NoAnswerThreshold),
                "It is NaN; expected a number");
            return new SpanDecoderOptions
            {
                NBest = NBest, MaxAnswerTokens = MaxAnswerTokens, AllowNoAnswer = AllowNoAnswer, NoAnswerThreshold = NoAnswerThreshold ?? 0
            };
        }
    }
}
