using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>Labels that are one class out of several.</summary>
internal sealed class ClassLabels : SequenceLabels
{
    private readonly double _smoothing;
    private readonly bool _balances;
    private readonly float[]? _weights;

    /// <summary>The labels of a head that is not trained.</summary>
    public ClassLabels()
    {
    }

    /// <summary>Checks the options that do not depend on the data.</summary>
    public ClassLabels(IHost host, BertTextClassificationEstimator.Options options)
    {
        (_smoothing, _balances, _weights) = (options.LabelSmoothing, options.BalanceClasses, options.ClassWeights?.ToArray());
        host.CheckUserArg(_weights is null || !_balances, nameof(options.ClassWeights),
            "There are ClassWeights and BalanceClasses is true; expected one of the two. Set ClassWeights to null, or " +
            "BalanceClasses to false");
        _ = new SingleLabelProblem(_weights?.Length ?? 2, _smoothing, _weights);
    }

    public override LabelColumn Find(IHost host, DataViewSchema schema, string name) => KeyLabelColumn.Find(host, schema, name);

    public override SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name) =>
        KeyLabelColumn.Check(host, inputSchema, name);

    public override IEnumerable<SchemaShape.Column> OutputShapes(SequenceColumns columns, SchemaShape.Column label)
    {
        IEnumerable<SchemaShape.Column> keyValues =
            label.Annotations.Where(annotation => annotation.Name == AnnotationUtils.Kinds.KeyValues);
        yield return new(
            columns.PredictedLabel!, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true,
            new SchemaShape([.. AnnotationUtils.GetTrainerOutputAnnotation(), .. keyValues]));
        yield return new(
            columns.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
            new SchemaShape(AnnotationUtils.AnnotationsForMulticlassScoreColumn(label)));
    }

    public override string? ReasonNotToLearn(LabelColumn label)
    {
        if (label.Outputs < 2)
            return $"The label column '{label.Column.Name}' has {label.Outputs} class; expected two or more. Check that the data has " +
                "rows of every class.";
        _ = new SingleLabelProblem(label.Outputs, _smoothing, _weights); // fails before a row is read if the number of weights is wrong
        return null;
    }

    public override SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label)
    {
        var counts = new long[label.Outputs];
        foreach (float target in examples.Targets)
            counts[(int)target]++;
        return new SingleLabelProblem(label.Outputs, _smoothing, _balances ? SingleLabelProblem.BalancedWeights(counts) : _weights);
    }
}
