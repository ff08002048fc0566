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
    typeof(BertSentenceSimilarityTransformer), null, typeof(SignatureLoadModel), BertSentenceSimilarityTransformer.UserName,
    BertSentenceSimilarityTransformer.LoaderSignature)]

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="ITransformer"/> resulting from fitting a <see cref="BertSentenceSimilarityEstimator"/> or a
/// <see cref="SentenceSimilarityScoringEstimator"/>: predicts a number for each pair of texts, or for each text.
/// </summary>
/// <inheritdoc/>
public sealed class BertSentenceSimilarityTransformer : BertSequenceTransformer
{
    internal const string UserName = "BERT sentence similarity";
    internal const string LoaderSignature = "BertSentenceSimilarity";

    internal BertSentenceSimilarityTransformer(IHost host, SharedModel<TaskModel>.Hold model, Tokenizer tokenizer,
        SequenceSettings settings, TrainingReport? report = null)
        : base(host, model, tokenizer, settings, report)
    {
    }

    private protected override DataViewSchema.DetachedColumn[] OutputColumns => [new(ScoreColumnName, NumberDataViewType.Single)];

    private protected override Delegate MakeGetter(int column, Func<ReadOnlyMemory<float>> scores) =>
        (ValueGetter<float>)((ref float value) => value = scores().Span[0]);

    private protected override void AddColumns(ContextGraphBuilder graph, string logits) =>
        graph.AddColumn(logits, OutputColumns[0].Name, OutputColumns[0].Type);

    private protected override VersionInfo Version => SavedVersion;

    private static VersionInfo SavedVersion => VersionOf("BERTSIMI", LoaderSignature);

    // Called by reflection because of [assembly: LoadableClass].
    private static BertSentenceSimilarityTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => Load(
        env, ctx, SavedVersion, RegressionProblem.ProblemName,
        (host, model, tokenizer, settings) => new BertSentenceSimilarityTransformer(host, model, tokenizer, settings));
}
