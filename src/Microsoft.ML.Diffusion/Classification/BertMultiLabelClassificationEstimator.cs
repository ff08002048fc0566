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
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to say which labels, of which a text or a pair of texts may have any
/// number, it has.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multi-label classification |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), and a second one for pairs |
/// | Label column data type | Known-sized vector of [Boolean](xref:System.Boolean), or vector of [Key](xref:Microsoft.ML.Data.KeyDataViewType) |
/// | Output columns | PredictedLabel: as the label; Score: each label's probability, a known-sized vector of [Single](xref:System.Single) |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The same data, options and seed give the same model, whatever the number of threads. A row's scores are those of its texts alone.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertMultiLabelClassification"/>
public sealed class BertMultiLabelClassificationEstimator : BertSequenceEstimator<BertMultiLabelClassificationTransformer>
{
    private readonly double _threshold;

    internal BertMultiLabelClassificationEstimator(IHostEnvironment env, string labelColumnName, SequenceColumns columns, Options options) : base(env, labelColumnName, columns, options)
    {
        _threshold = options.Threshold;
        // What does not depend on the data is checked now.
        _ = new MultiLabelProblem(labels: 1, _threshold);
    }

    private protected override LabelColumn FindLabel(DataViewSchema schema, string name) => LabelsColumn.Find(Host, schema, name);

    private protected override SchemaShape.Column CheckLabel(SchemaShape inputSchema, string name) => LabelsColumn.Check(Host, inputSchema, name);

    private protected override IEnumerable<SchemaShape.Column> OutputShapes(SchemaShape.Column label)
    {
        IEnumerable<SchemaShape.Column> names = label.Annotations.Where(annotation => annotation.Name == (label.IsKey ? AnnotationUtils.Kinds.KeyValues : AnnotationUtils.Kinds.SlotNames));
        bool named = names.Any();
        yield return label.IsKey
            ? new(Columns.PredictedLabel!, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt32, true, new SchemaShape(names))
            : new(Columns.PredictedLabel!, SchemaShape.Column.VectorKind.Vector, BooleanDataViewType.Instance, false, new SchemaShape(names));
        SchemaShape.Column[] slots = named ? [new(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)] : [];
        yield return new(Columns.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(slots));
    }

    private protected override SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label) => new MultiLabelProblem(label.Outputs, _threshold);

    private protected override SequenceSettings MakeSettings(LabelColumn label) => base.MakeSettings(label) with { HasKeys = ((LabelsColumn)label).HasKeys, Threshold = _threshold };

    private protected override BertMultiLabelClassificationTransformer MakeTransformer(SharedModel<TaskModel>.Hold hold, Tokenizer tokenizer, SequenceSettings settings, TrainingReport report) =>
        new(Host.Register(nameof(BertMultiLabelClassificationTransformer)), hold, tokenizer, settings, report);

    /// <summary>How the model is fine-tuned.</summary>
    public sealed class Options : BertSequenceOptions
    {
        /// <summary>The probability from which on a label is predicted, above 0 and below 1.</summary>
        public double Threshold { get; set; } = 0.5;
    }
}
