using Microsoft.ML;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.QuestionAnswering;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(BertQuestionAnsweringTransformer), null, typeof(SignatureLoadModel), BertQuestionAnsweringTransformer.UserName,
    BertQuestionAnsweringTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="BertQuestionAnsweringEstimator"/> or a
/// <see cref="QuestionAnsweringScoringEstimator"/>: finds the answers to each row's question in its context.
/// </summary>
/// <inheritdoc/>
public sealed partial class BertQuestionAnsweringTransformer : ModelTransformerBase<TaskModel>
{
    internal const string UserName = "Encoder for question answering";
    internal const string LoaderSignature = "BertQuestionAnswering";

    private readonly QuestionAnsweringColumns _columns;
    private readonly QuestionWindowOptions _windows;
    private readonly SpanDecoderOptions _decoder;

    /// <summary>Creates a transformer, which releases the model when it is disposed.</summary>
    internal BertQuestionAnsweringTransformer(
        IHostEnvironment env, SharedModel<TaskModel>.Hold model, Tokenizer tokenizer, QuestionAnsweringColumns columns,
        QuestionWindowOptions windows,
        SpanDecoderOptions decoder, int topK, TrainingReport? report)
        : base(env.Register(nameof(BertQuestionAnsweringTransformer)), model, tokenizer) =>
        (_columns, _windows, _decoder, TopK, TrainingReport) = (columns, windows, decoder, topK, report);

    /// <summary>The input column for the contexts.</summary>
    public string ContextColumnName => _columns.Context;

    /// <summary>The input column for the questions.</summary>
    public string QuestionColumnName => _columns.Question;

    /// <summary>The output column for the answers: a vector of at most <see cref="TopK"/> texts, the predicted one first.</summary>
    public string PredictedAnswerColumnName => _columns.Answer;

    /// <summary>The output column for the answers' probabilities.</summary>
    public string ScoreColumnName => _columns.Score;

    /// <summary>The output column for the answers' start positions, in characters of the context; −1 for no answer.</summary>
    public string AnswerStartColumnName => _columns.AnswerStart;

    /// <summary>The output column for <see cref="AnswerList.NoAnswerMargin"/>, for choosing a threshold.</summary>
    public string NoAnswerMarginColumnName => _columns.NoAnswerMargin;

    /// <summary>The maximum number of answers for a row.</summary>
    public int TopK { get; }

    /// <summary>The training report; null if the transformer was not trained, but loaded or made of a fine-tuned model.</summary>
    public TrainingReport? TrainingReport { get; }

    /// <summary>How contexts are split into windows.</summary>
    public QuestionWindowOptions WindowOptions => _windows;

    /// <summary>How answers are decoded.</summary>
    public SpanDecoderOptions DecoderOptions => _decoder;

    /// <summary>Whether a context may hold no answer.</summary>
    public bool AllowNoAnswer => _decoder.AllowNoAnswer;

    /// <summary>The threshold for predicting no answer: by how much its score must exceed that of the best text.</summary>
    public double NoAnswerThreshold => _decoder.NoAnswerThreshold;

    /// <summary>Answers questions outside a pipeline: the same answers as <c>Transform</c>, with all candidates.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="cancellationToken">
    /// Checked throughout, like the transformer's <see cref="ModelTransformerBase{TModel}.CancellationToken"/>.
    /// </param>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public IReadOnlyList<AnswerList> Answer(IReadOnlyList<AskedQuestion> questions, CancellationToken cancellationToken = default)
    {
        Host.CheckValue(questions, nameof(questions));
        return Use.Run((model, stop) =>
        {
            using AnswerPredictor predictor = CreatePredictor(model);
            return predictor.Predict(questions, stop);
        }, cancellationToken);
    }

    /// <summary>
    /// Creates a transformer of the same model with another threshold, such as the one that
    /// <see cref="QuestionAnsweringCatalog.EvaluateQuestionAnswering"/> finds. Both transformers must be disposed.
    /// </summary>
    /// <param name="threshold">No answer is predicted if its score exceeds that of the best text by more than this.</param>
    /// <exception cref="ArgumentException">The threshold is NaN, or <see cref="AllowNoAnswer"/> is false.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public BertQuestionAnsweringTransformer WithNoAnswerThreshold(double threshold)
    {
        Host.CheckUserArg(!double.IsNaN(threshold), nameof(threshold), "It is NaN; expected a number");
        Host.CheckUserArg(AllowNoAnswer, nameof(threshold),
            "AllowNoAnswer is false, so the transformer always answers. Fit with AllowNoAnswer = true to set a threshold");
        return new BertQuestionAnsweringTransformer(
            Host, HoldModel(), Tokenizer, _columns, _windows, _decoder with { NoAnswerThreshold = threshold }, TopK, TrainingReport)
        {
            CancellationToken = CancellationToken,
        };
    }

    private protected override string Done => "answered";

    private protected override int LargestBatch => 32;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns => _columns.Added;

    private protected override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) => _columns.FindInputs(Host, schema);

    private protected override string FindOnnxProblem() =>
        "contexts are split into windows, and answers are decoded from the logits of all of them, which a graph cannot say. SaveOnnx of" +
        " the package Diffusion.ML.Onnx writes the model, and TokenizeForOnnx and PredictFromOnnx make it a pipeline with ApplyOnnxModel.";

    private protected override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed)
    {
        IReadOnlyList<DataViewSchema.Column> inputs = FindInputs(input.Schema);
        return new AnswerBatch(
            Use, CreatePredictor, TopK, input.GetGetter<ReadOnlyMemory<char>>(inputs[0]),
            input.GetGetter<ReadOnlyMemory<char>>(inputs[1]), capacity,
            warnsAtOnce: mayNotBeDisposed);
    }

    private AnswerPredictor CreatePredictor(TaskModel model) => new(model, Tokenizer, _windows, _decoder);
}
