using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that teaches an encoder to find answers to questions in texts.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType): contexts, questions and answers; [Int32](xref:Microsoft.ML.Data.NumberDataViewType): where answers start. The transformer needs the contexts and questions only |
/// | Output column data type | Variable-sized vectors: the answers ([Text](xref:Microsoft.ML.Data.TextDataViewType)), their probabilities ([Single](xref:Microsoft.ML.Data.NumberDataViewType)) and where they start ([Int32](xref:Microsoft.ML.Data.NumberDataViewType)); and the no-answer margin, a Single |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// Two numbers are learned for each token: how well an answer would start there, and end there (Devlin et al., BERT, 2018). A context
/// that is too long is read in windows that overlap, so none is cut, whatever its length; an answer is a run of the context's own
/// characters. A question that is longer than MaxQuestionTokens is read without its end, counted and warned of.
///
/// A row whose TrainingAnswer is empty says that its context holds no answer: it is learned from where AllowNoAnswer is set, else left
/// out, counted and warned of. So is a row whose answer does not stand in its context at AnswerIndex.
///
/// The same data, options and seed give the same model, whatever the number of threads.
/// ]]></format>
/// </remarks>
/// <seealso cref="QuestionAnsweringCatalog.BertQuestionAnswering(MulticlassClassificationCatalog.MulticlassClassificationTrainers, BertQuestionAnsweringEstimator.Options)"/>
public sealed class BertQuestionAnsweringEstimator : TrainingEstimator<BertQuestionAnsweringTransformer, TaskModel>
{
    internal BertQuestionAnsweringEstimator(IHostEnvironment env, Options options) : base(env, options, static setup => new QuestionAnsweringRecipe(setup))
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
            new(ContextColumnName, QuestionColumnName, PredictedAnswerColumnName, ScoreColumnName, AnswerStartColumnName, NoAnswerMarginColumnName);

        internal QuestionWindowOptions ToWindows(OpenedModel model)
        {
            EncoderConfiguration configuration = model.Configuration;
            if (MaxTokens < 0 || MaxTokens > configuration.MaxLength)
                throw new ArgumentException($"MaxTokens is {MaxTokens}; expected at most the {configuration.MaxLength} tokens of the model's maximum, or 0 for the default.");
            var windows = new QuestionWindowOptions
            {
                MaxTokens = MaxTokens == 0 ? Math.Min(UsualMaxTokens, configuration.MaxLength) : MaxTokens,
                StrideOverlap = StrideOverlap,
                MaxQuestionTokens = MaxQuestionTokens,
                SpecialTokensBetween = model.Family.PairSeparators,
            };
            windows.Validate();
            return windows;
        }

        internal SpanDecoderOptions ToDecoder(IExceptionContext env)
        {
            env.CheckUserArg(NBest >= 1, nameof(NBest), $"It is {NBest}; expected 1 or more");
            env.CheckUserArg(TopK >= 1 && TopK <= NBest, nameof(TopK), $"It is {TopK}; expected 1 to NBest, which is {NBest}");
            env.CheckUserArg(MaxAnswerTokens >= 1, nameof(MaxAnswerTokens), $"It is {MaxAnswerTokens}; expected 1 or more");
            env.CheckUserArg(NoAnswerThreshold is null || AllowNoAnswer, nameof(NoAnswerThreshold), $"It is {NoAnswerThreshold} and AllowNoAnswer is false; set AllowNoAnswer, or leave the threshold null");
            env.CheckUserArg(NoAnswerThreshold is null || !double.IsNaN(NoAnswerThreshold.Value), nameof(NoAnswerThreshold), "It is NaN; expected a number");
            return new SpanDecoderOptions { NBest = NBest, MaxAnswerTokens = MaxAnswerTokens, AllowNoAnswer = AllowNoAnswer, NoAnswerThreshold = NoAnswerThreshold ?? 0 };
        }
    }
}
