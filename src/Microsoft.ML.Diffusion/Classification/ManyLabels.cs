using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>Labels that are any subset of a set.</summary>
internal sealed class ManyLabels : SequenceLabels
{
    /// <summary>Checks the options that do not depend on the data.</summary>
    public ManyLabels(double threshold)
    {
        Threshold = threshold;
        _ = new MultiLabelProblem(labels: 1, threshold);
    }

    public override double Threshold { get; }

    public override LabelColumn Find(IHost host, DataViewSchema schema, string name) => LabelsColumn.Find(host, schema, name);

    public override SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name) =>
        LabelsColumn.Check(host, inputSchema, name);

    public override IEnumerable<SchemaShape.Column> OutputShapes(SequenceColumns columns, SchemaShape.Column label)
    {
        IEnumerable<SchemaShape.Column> names =
            label.Annotations.Where(annotation => annotation.Name == (label.IsKey ? AnnotationUtils.Kinds.KeyValues
                : AnnotationUtils.Kinds.SlotNames));
        bool named = names.Any();
        yield return label.IsKey
            ? new(columns.PredictedLabel!, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt32, true,
                new SchemaShape(names))
            : new(columns.PredictedLabel!, SchemaShape.Column.VectorKind.Vector, BooleanDataViewType.Instance, false,
                new SchemaShape(names));
        SchemaShape.Column[] slots = named
            ? [new(AnnotationUtils.Kinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false)]
            : [];
        yield return new(columns.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(slots));
    }

    public override bool HasKeys(LabelColumn label) => ((LabelsColumn)label).HasKeys;

    public override SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label) =>
        new MultiLabelProblem(label.Outputs, Threshold);
}
