using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>Labels that are numbers.</summary>
internal sealed class NumberLabels : SequenceLabels
{
    public override LabelColumn Find(IHost host, DataViewSchema schema, string name) => NumberLabelColumn.Find(host, schema, name);

    public override SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name) =>
        NumberLabelColumn.Check(host, inputSchema, name);

    public override IEnumerable<SchemaShape.Column> OutputShapes(SequenceColumns columns, SchemaShape.Column label) =>
        [new(columns.Score, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false)];

    /// <summary>
    /// Warns of very small labels: they lose digits in the head, whose weights are about a thousandth of the labels' spread, and in the
    /// scores.
    /// </summary>
    public override void Warn(SequenceExamples learned, IChannel channel)
    {
        const float SmallestNormal = 1.17549435e-38f, SmallestSpread = 1e-35f;
        float[] labels = learned.Targets.ToArray();
        float largest = labels.Max(Math.Abs), spread = labels.Max() - labels.Min();
        string? small = largest is > 0 and < SmallestNormal ? FormattableString.Invariant($"none is further from 0 than {largest:G3}")
            : spread is > 0 and < SmallestSpread ? FormattableString.Invariant($"no two are further apart than {spread:G3}") : null;
        if (small is not null)
            channel.Warning(
                "Of the labels, {0}. A float has few digits for such numbers, so the scores will be coarse or all equal."
                + " Multiply the labels until they are near 1, and divide the scores by the same factor.",
                small);
    }

    public override SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label) => new RegressionProblem(examples.Targets);
}
