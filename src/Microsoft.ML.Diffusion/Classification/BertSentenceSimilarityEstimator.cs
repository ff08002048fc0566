using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Classification;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to give a pair of texts a number, as how like they are; or a text,
/// where there is no second one.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Regression |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), and a second one for pairs |
/// | Label column data type | [Single](xref:System.Single); rows whose label is NaN or infinite are left out |
/// | Output columns | Score: [Single](xref:System.Single), in the label's unit |
/// | Is normalization required? | No: the label's mean and deviation are learned apart |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The same data, options and seed give the same model, whatever the number of threads. A row's score is that of its texts alone.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertSentenceSimilarity"/>
public sealed class BertSentenceSimilarityEstimator : BertSequenceEstimator<BertSentenceSimilarityTransformer>
{
    internal BertSentenceSimilarityEstimator(IHostEnvironment env, string labelColumnName, SequenceColumns columns, Options options) : base(env, labelColumnName, columns, options)
    {
    }

    private protected override LabelColumn FindLabel(DataViewSchema schema, string name) => NumberLabelColumn.Find(Host, schema, name);

    private protected override SchemaShape.Column CheckLabel(SchemaShape inputSchema, string name) => NumberLabelColumn.Check(Host, inputSchema, name);

    private protected override IEnumerable<SchemaShape.Column> OutputShapes(SchemaShape.Column label) =>
        [new(Columns.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false)];

    /// <summary>Small numbers lose their digits in the head, whose weights are some thousandth of the labels' spread, and in the scores.</summary>
    private protected override void WarnOfLabels(SequenceExamples learned, IChannel channel)
    {
        const float SmallestNormal = 1.17549435e-38f, SmallestSpread = 1e-35f;
        float[] labels = learned.Targets.ToArray();
        float largest = labels.Max(Math.Abs), spread = labels.Max() - labels.Min();
        string? small = largest is > 0 and < SmallestNormal ? FormattableString.Invariant($"none is further from 0 than {largest:G3}")
            : spread is > 0 and < SmallestSpread ? FormattableString.Invariant($"no two are further apart than {spread:G3}") : null;
        if (small is not null)
            channel.Warning(
                "Of the labels, {0}: float has few digits for such numbers, so that scores are coarse or all alike."
                + " Multiply the labels until they are near 1, and divide the scores by the same.",
                small);
    }

    private protected override SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label) => new RegressionProblem(examples.Targets);

    private protected override BertSentenceSimilarityTransformer MakeTransformer(SharedModel<TaskModel>.Hold hold, Tokenizer tokenizer, SequenceSettings settings, TrainingReport report) =>
        new(Host.Register(nameof(BertSentenceSimilarityTransformer)), hold, tokenizer, settings, report);

    /// <summary>How the model is fine-tuned.</summary>
    public sealed class Options : BertSequenceOptions;
}
