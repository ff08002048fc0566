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
    typeof(BertTextClassificationTransformer), null, typeof(SignatureLoadModel), BertTextClassificationTransformer.UserName,
    BertTextClassificationTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="BertTextClassificationEstimator"/> or a
/// <see cref="TextClassificationScoringEstimator"/>: predicts the class of a text, or of a pair of texts, with the probability of each
/// class.
/// </summary>
/// <inheritdoc/>
public sealed class BertTextClassificationTransformer : BertSequenceTransformer
{
    internal const string UserName = "BERT text classification";
    internal const string LoaderSignature = "BertTextClassification";

    internal BertTextClassificationTransformer(IHost host, SharedModel<TaskModel>.Hold model, Tokenizer tokenizer,
        SequenceSettings settings, TrainingReport? report = null)
        : base(host, model, tokenizer, settings, report)
    {
    }

    /// <summary>The output column for the predicted class.</summary>
    public string OutputColumnName => Settings.Columns.PredictedLabel!;

    private protected override DataViewSchema.DetachedColumn[] OutputColumns
    {
        get
        {
            DataViewSchema.Annotations.Builder label =
                ScoreAnnotations(AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification,
                    AnnotationUtils.Const.ScoreValueKind.PredictedLabel);
            DataViewSchema.Annotations.Builder scores =
                ScoreAnnotations(AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification,
                    AnnotationUtils.Const.ScoreValueKind.Score);
            Settings.Names?.AddTo(label, AnnotationUtils.Kinds.KeyValues);
            Settings.Names?.AddTo(scores, AnnotationUtils.Kinds.TrainingLabelValues);
            Settings.Names?.AddSlotNamesTo(scores);
            return
            [
                new(OutputColumnName, new KeyDataViewType(typeof(uint), Outputs), label.ToAnnotations()),
                new(ScoreColumnName, new VectorDataViewType(NumberDataViewType.Single, Outputs), scores.ToAnnotations()),
            ];
        }
    }

    private protected override Delegate MakeGetter(int column, Func<ReadOnlyMemory<float>> scores) => column == 0
        ? (ValueGetter<uint>)((ref uint value) => value = (uint)SingleLabelProblem.MostProbable(scores().Span) + 1)
        : MakeScoresGetter(scores);

    private protected override void AddColumns(ContextGraphBuilder graph, string logits) =>
        SequenceGraph.AddClasses(graph, logits, OutputColumns[0], OutputColumns[1]);

    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("BERTCLAS", LoaderSignature);

    // Called by reflection because of [assembly: LoadableClass].
    private static BertTextClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, SingleLabelProblem.ProblemName,
        (host, model, tokenizer, settings) => new BertTextClassificationTransformer(host, model, tokenizer, settings));
}
