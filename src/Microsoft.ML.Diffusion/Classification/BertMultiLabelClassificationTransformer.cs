using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.OnnxConversion;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(
    typeof(BertMultiLabelClassificationTransformer), null, typeof(SignatureLoadModel), BertMultiLabelClassificationTransformer.UserName,
    BertMultiLabelClassificationTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="BertMultiLabelClassificationEstimator"/> or a
/// <see cref="MultiLabelClassificationScoringEstimator"/>: predicts the labels of a text, or of a pair of texts, with their probabilities.
/// </summary>
/// <inheritdoc/>
public sealed class BertMultiLabelClassificationTransformer : BertSequenceTransformer
{
    internal const string UserName = "BERT multi-label classification";
    internal const string LoaderSignature = "BertMultiLabel";

    internal BertMultiLabelClassificationTransformer(IHost host, SharedModel<TaskModel>.Hold model, Tokenizer tokenizer,
        SequenceSettings settings, TrainingReport? report = null)
        : base(host, model, tokenizer, settings, report)
    {
    }

    /// <summary>The output column for the predicted labels.</summary>
    public string OutputColumnName => Settings.Columns.PredictedLabel!;

    /// <summary>The threshold: a label is predicted if its probability is at least this.</summary>
    public double Threshold => Settings.Threshold;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns
    {
        get
        {
            var labels = new DataViewSchema.Annotations.Builder();
            var scores = new DataViewSchema.Annotations.Builder();
            if (Settings.HasKeys)
                Settings.Names?.AddTo(labels, AnnotationUtils.Kinds.KeyValues);
            else
                Settings.Names?.AddSlotNamesTo(labels);
            Settings.Names?.AddSlotNamesTo(scores);
            return
            [
                new(OutputColumnName, Settings.HasKeys ? new VectorDataViewType(new KeyDataViewType(typeof(uint), Outputs))
                    : new VectorDataViewType(BooleanDataViewType.Instance, Outputs), labels.ToAnnotations()),
                new(ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, Outputs), scores.ToAnnotations()),
            ];
        }
    }

    private protected override Delegate MakeGetter(int column, Func<ReadOnlyMemory<float>> scores)
    {
        if (column == 1)
            return MakeScoresGetter(scores);
        return Settings.HasKeys ? MakeKeysGetter(scores) : MakeFlagsGetter(scores);
    }

    private ValueGetter<VBuffer<uint>> MakeKeysGetter(Func<ReadOnlyMemory<float>> scores) => (ref VBuffer<uint> value) =>
    {
        ReadOnlySpan<float> current = scores().Span;
        var keys = new List<uint>();
        for (int i = 0; i < current.Length; i++)
        {
            if (current[i] >= Threshold)
                keys.Add((uint)i + 1);
        }
        value = new VBuffer<uint>(keys.Count, [.. keys]);
    };

    private ValueGetter<VBuffer<bool>> MakeFlagsGetter(Func<ReadOnlyMemory<float>> scores) => (ref VBuffer<bool> value) =>
    {
        ReadOnlySpan<float> current = scores().Span;
        VBufferEditor<bool> editor = VBufferEditor.Create(ref value, current.Length);
        for (int i = 0; i < current.Length; i++)
            editor.Values[i] = current[i] >= Threshold;
        value = editor.Commit();
    };

    private protected override string? FindOnnxProblemOfColumns() => Settings.HasKeys
        ? "the predicted labels of a row are keys, whose number varies from row to row. Fit with a label column of Boolean vectors, or"
            + " write the model with SaveOnnx of the package Diffusion.ML.Onnx."
        : null;

    private protected override void AddColumns(ContextGraphBuilder graph, string logits) =>
        SequenceGraph.AddFlags(graph, logits, Threshold, OutputColumns[0], OutputColumns[1]);

    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("BERTMULT", LoaderSignature);

    // Called by reflection because of [assembly: LoadableClass].
    private static BertMultiLabelClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, MultiLabelProblem.ProblemName,
        (host, model, tokenizer, settings) => new BertMultiLabelClassificationTransformer(host, model, tokenizer, settings));
}
