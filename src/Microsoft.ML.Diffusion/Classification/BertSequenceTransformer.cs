using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.OnnxConversion;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>The base class of the transformers that classify or score texts or pairs of texts.</summary>
/// <inheritdoc/>
public abstract class BertSequenceTransformer : ModelTransformerBase<TaskModel>
{
    private protected BertSequenceTransformer(
        IHost host, SharedModel<TaskModel>.Hold model, Tokenizer tokenizer, SequenceSettings settings, TrainingReport? report)
            : base(host, model, tokenizer) =>
        (Settings, TrainingReport, Outputs) = (settings, report, model.Model.Task.Outputs);

    /// <summary>The column with the texts.</summary>
    public string Sentence1ColumnName => Settings.Columns.Sentence1;

    /// <summary>The column with the second texts; null if the inputs are single texts.</summary>
    public string? Sentence2ColumnName => Settings.Columns.Sentence2;

    /// <summary>The output column for the scores.</summary>
    public string ScoreColumnName => Settings.Columns.Score;

    /// <summary>The maximum number of tokens of a text or pair, special tokens included; a longer text is cut at the end.</summary>
    public int MaxLength => Settings.MaxLength;

    /// <summary>The training report; null if the transformer was not trained, but loaded or made of a fine-tuned model.</summary>
    public TrainingReport? TrainingReport { get; }

    private protected SequenceSettings Settings { get; }

    private protected int Outputs { get; }

    private protected sealed override string Done => "scored";

    private protected sealed override int LargestBatch => 256;

    private protected sealed override IReadOnlyList<DataViewSchema.Column> FindInputs(DataViewSchema schema) =>
        Settings.Columns.FindInputs(Host, schema);

    private protected sealed override RowBatch CreateBatch(DataViewRow input, int capacity, bool mayNotBeDisposed) => new SequenceBatch(
        Use, Tokenizer, MaxLength, [.. FindInputs(input.Schema).Select(column => input.GetGetter<ReadOnlyMemory<char>>(column))], capacity,
        warnsAtOnce: mayNotBeDisposed, MakeGetter);

    private protected sealed override string? FindOnnxProblem()
    {
        using SharedModel<TaskModel>.Hold held = HoldModel();
        return FindOnnxProblemOfColumns() ?? (held.Model.IsQuantized ?
            "the model's weights are 8-bit integers in this library's own form. Fit it without Quantized(), or write it with SaveOnnx of"
            + " the package Diffusion.ML.Onnx, which has 8-bit integers in ONNX's form." :
            OnnxExporters.Find() is null ? OnnxExporters.NoneFound : null);
    }

    private protected sealed override void SaveAsOnnx(OnnxContext context, DataViewSchema input)
    {
        using SharedModel<TaskModel>.Hold held = HoldModel();
        var graph = new ContextGraphBuilder(context, GetType().Name);
        AddColumns(graph, SequenceGraph.AddLogits(Host, context, graph, input, held.Model, Tokenizer, Settings));
    }

    /// <summary>The reason why no graph computes the output columns from logits; null if one does.</summary>
    private protected virtual string? FindOnnxProblemOfColumns() => null;

    /// <summary>Adds the output columns to a graph that has the logits, [batch × outputs].</summary>
    private protected abstract void AddColumns(ContextGraphBuilder graph, string logits);

    /// <summary>Creates the getter of an output column.</summary>
    /// <param name="column">The index of the output column.</param>
    /// <param name="scores">Returns the current row's scores, [outputs].</param>
    private protected abstract Delegate MakeGetter(int column, Func<ReadOnlyMemory<float>> scores);

    /// <summary>Creates a getter of all scores as a vector.</summary>
    private protected static ValueGetter<VBuffer<float>> MakeScoresGetter(Func<ReadOnlyMemory<float>> scores) =>
        (ref VBuffer<float> value) =>
    {
        ReadOnlySpan<float> current = scores().Span;
        VBufferEditor<float> editor = VBufferEditor.Create(ref value, current.Length);
        current.CopyTo(editor.Values);
        value = editor.Commit();
    };

    /// <summary>Adds the annotations that describe a set of score columns and the role of this one.</summary>
    private protected static DataViewSchema.Annotations.Builder ScoreAnnotations(string setKind, string valueKind)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, (ref uint value) => value = 1);
        annotations.Add(AnnotationUtils.Kinds.ScoreColumnKind, TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = setKind.AsMemory());
        annotations.Add(AnnotationUtils.Kinds.ScoreValueKind, TextDataViewType.Instance,
            (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
        return annotations;
    }

    private protected sealed override void SaveSettings(ModelSaveContext ctx) => Settings.Save(ctx);

    /// <summary>Reads a saved transformer.</summary>
    /// <exception cref="FormatException">The saved transformer is damaged.</exception>
    private protected static TTransformer Load<TTransformer>(
        IHostEnvironment env, ModelLoadContext ctx, VersionInfo version, string problem,
        Func<IHost, SharedModel<TaskModel>.Hold, Tokenizer, SequenceSettings, TTransformer> make) => Load(
            env, ctx, version, version.LoaderSignature, _ => SequenceSettings.Load(ctx),
            static (model, engine) => model.LoadTask(TaskKind.SequenceClassification, engine),
            (host, settings, model, tokenizer) =>
            {
                int outputs = model.Task.Outputs;
                if (model.Task.Problem != problem || (settings.Names?.Texts.Count ?? outputs) != outputs)
                    throw new InvalidDataException(
                        $"Its head is for {model.Task.Problem} with {outputs} outputs; expected {problem} with " +
                            $"{settings.Names?.Texts.Count ?? outputs}.");
                _ = new MultiLabelProblem(outputs, settings.Threshold);
                _ = new TextSequences(tokenizer, model.Family, model.Configuration, settings.MaxLength);
                return make(host, SharedModel<TaskModel>.Share(model), tokenizer, settings);
            });
}
