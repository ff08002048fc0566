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
    internal BertQuestionAnsweringEstimator(IHostEnvironment env, Options options) : base(env, options, static setup => new QuestionAnsweringRecipe(setup))
    {
    }

    /// <summary>The columns, how the model is trained, and how its transformer answers.</summary>
    public sealed class Options : TrainerOptions
    {
        private const int UsualMaxTokens = 384;

        /// <summary>The column with the texts that may hold the answers, text.</summary>
        public string ContextColumnName { get; set; } = "Context";

        /// <summary>The column with the questions, text.</summary>
        public string QuestionColumnName { get; set; } = "Question";

        /// <summary>The column with the answers to learn from, text, as they stand in the contexts; empty where there is none.</summary>
        public string TrainingAnswerColumnName { get; set; } = "TrainingAnswer";

        /// <summary>The column with the character of the context where the answer starts, Int32.</summary>
        public string AnswerIndexColumnName { get; set; } = "AnswerIndex";

        /// <summary>The column that is added with the answers.</summary>
        public string PredictedAnswerColumnName { get; set; } = "Answer";

        /// <summary>The column that is added with their probabilities.</summary>
        public string ScoreColumnName { get; set; } = "Score";

        /// <summary>The column that is added with the characters where the answers start.</summary>
        public string AnswerStartColumnName { get; set; } = "AnswerStart";

        /// <summary>The column that is added with the no-answer margin.</summary>
        public string NoAnswerMarginColumnName { get; set; } = "NoAnswerMargin";

        /// <summary>The most answers of a row.</summary>
        public int TopK { get; set; } = 3;

        /// <summary>The longest window, special tokens included; 0 for the longest that the model takes, but no more than 384.</summary>
        public int MaxTokens { get; set; }

        /// <summary>
        /// How many of the context's tokens a window shares with the next. (Google's <c>doc_stride</c> is something else: by how much a
        /// window advances.)
        /// </summary>
        public int StrideOverlap { get; set; } = 128;

        /// <summary>The tokens of a question that are read.</summary>
        public int MaxQuestionTokens { get; set; } = 64;

        /// <summary>The longest answer, in tokens.</summary>
        public int MaxAnswerTokens { get; set; } = 30;

        /// <summary>How many starts and ends of a window are combined, and how many candidates share the probability.</summary>
        public int NBest { get; set; } = 20;

        /// <summary>Whether a context may hold no answer (SQuAD v2.0): rows with an empty answer are learned from, and "" is one of the candidates.</summary>
        public bool AllowNoAnswer { get; set; }

        /// <summary>
        /// No answer is predicted where its score exceeds the best text's by more than this; null for what is best on the validation rows,
        /// or 0 where there are none.
        /// </summary>
        public double? NoAnswerThreshold { get; set; }

        internal QuestionAnsweringColumns ToColumns() =>
            new(ContextColumnName, QuestionColumnName, PredictedAnswerColumnName, ScoreColumnName, AnswerStartColumnName, NoAnswerMarginColumnName);

        internal QuestionWindowOptions ToWindows(OpenedModel model)
        {
            EncoderConfiguration configuration = model.Configuration;
            if (MaxTokens < 0 || MaxTokens > configuration.MaxLength)
                throw new ArgumentException($"MaxTokens is {MaxTokens}; expected at most the {configuration.MaxLength} tokens that the model takes, or 0.");
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
