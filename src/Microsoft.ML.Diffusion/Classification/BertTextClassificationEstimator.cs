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
/// <see cref="IEstimator{TTransformer}"/> that fine-tunes an encoder to tell classes of texts, or of pairs of texts, apart.
/// </summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Input column data type | [Text](xref:Microsoft.ML.Data.TextDataViewType), and a second one for pairs |
/// | Label column data type | [Key](xref:Microsoft.ML.Data.KeyDataViewType) of two or more values; rows whose key is missing are left out |
/// | Output columns | PredictedLabel: [Key](xref:Microsoft.ML.Data.KeyDataViewType) with the label's values; Score: the classes' probabilities, a known-sized vector of [Single](xref:System.Single) |
/// | Is normalization required? | No |
/// | Is caching required? | No: the data is read once, and its tokens are kept |
/// | Required NuGet in addition to Microsoft.ML | Diffusion.ML |
/// | Exportable to ONNX | No |
///
/// The same data, options and seed give the same model, whatever the number of threads. A row's scores are those of its texts alone.
/// ]]></format>
/// </remarks>
/// <seealso cref="BertSequenceCatalog.BertTextClassification"/>
public sealed class BertTextClassificationEstimator : BertSequenceEstimator<BertTextClassificationTransformer>
{
    private readonly double _labelSmoothing;
    private readonly bool _balanceClasses;
    private readonly float[]? _classWeights;

    internal BertTextClassificationEstimator(IHostEnvironment env, string labelColumnName, SequenceColumns columns, Options options) : base(env, labelColumnName, columns, options)
    {
        (_labelSmoothing, _balanceClasses, _classWeights) = (options.LabelSmoothing, options.BalanceClasses, options.ClassWeights?.ToArray());
        Host.CheckUserArg(_classWeights is null || !_balanceClasses, nameof(options.ClassWeights), "There are ClassWeights and BalanceClasses is true; expected one of the two");
        // What does not depend on the data is checked now.
        _ = new SingleLabelProblem(_classWeights?.Length ?? 2, _labelSmoothing, _classWeights);
    }

    private protected override LabelColumn FindLabel(DataViewSchema schema, string name) => KeyLabelColumn.Find(Host, schema, name);

    private protected override void CheckClasses(LabelColumn label, IDataView input)
    {
        if (label.Outputs >= 2)
        {
            _ = new SingleLabelProblem(label.Outputs, _labelSmoothing, _classWeights); // fails, before a row is read, where there are more or fewer weights
            return;
        }
        string found = $"The label column '{label.Column.Name}' has {label.Outputs} class; expected two or more to tell apart."
            + " Check that the data has rows of every class.";
        // Keys that were made of no rows have a value all the same.
        throw FineTuning.HasRows(input) ? Host.ExceptParam(nameof(input), found) : NothingToLearn(rows: 0, found);
    }

    private protected override SchemaShape.Column CheckLabel(SchemaShape inputSchema, string name) => KeyLabelColumn.Check(Host, inputSchema, name);

    private protected override IEnumerable<SchemaShape.Column> OutputShapes(SchemaShape.Column label)
    {
        IEnumerable<SchemaShape.Column> keyValues = label.Annotations.Where(annotation => annotation.Name == AnnotationUtils.Kinds.KeyValues);
        yield return new(
            Columns.PredictedLabel!, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true,
            new SchemaShape([.. AnnotationUtils.GetTrainerOutputAnnotation(), .. keyValues]));
        yield return new(
            Columns.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label)));
    }

    private protected override SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label)
    {
        var counts = new long[label.Outputs];
        foreach (float target in examples.Targets)
            counts[(int)target]++;
        return new SingleLabelProblem(label.Outputs, _labelSmoothing, _balanceClasses ? SingleLabelProblem.BalancedWeights(counts) : _classWeights);
    }

    private protected override BertTextClassificationTransformer MakeTransformer(SharedModel<TaskModel>.Hold hold, Tokenizer tokenizer, SequenceSettings settings, TrainingReport report) =>
        new(Host.Register(nameof(BertTextClassificationTransformer)), hold, tokenizer, settings, report);

    /// <summary>How the model is fine-tuned.</summary>
    public sealed class Options : BertSequenceOptions
    {
        /// <summary>How much of the target's probability is spread evenly over all classes: 0 for none; 0.1 is usual where labels are noisy.</summary>
        public double LabelSmoothing { get; set; }

        /// <summary>Whether all classes count alike in the loss, however often they occur.</summary>
        public bool BalanceClasses { get; set; }

        /// <summary>How much an example of each class counts, in the order of the label's keys; null for all alike.</summary>
        public IReadOnlyList<float>? ClassWeights { get; set; }
    }
}
