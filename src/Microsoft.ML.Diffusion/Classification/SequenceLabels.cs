using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>The parts that depend on the kind of label: its column, its loss, and the output columns.</summary>
internal abstract class SequenceLabels
{
    /// <summary>
    /// The threshold: a label is predicted if its probability is at least this. Used only where a row may have several labels.
    /// </summary>
    public virtual double Threshold => 0.5;

    /// <summary>The label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or has another type.</exception>
    public abstract LabelColumn Find(IHost host, DataViewSchema schema, string name);

    /// <summary>Fails unless the shape has a label column.</summary>
    public abstract SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name);

    /// <summary>The shapes of the output columns.</summary>
    public abstract IEnumerable<SchemaShape.Column> OutputShapes(SequenceColumns columns, SchemaShape.Column label);

    /// <summary>The reason why a label column has too few values to train on; null if it has enough.</summary>
    /// <exception cref="ArgumentException">The options do not fit the column.</exception>
    public virtual string? ReasonNotToLearn(LabelColumn label) => null;

    /// <summary>Warns of labels in the training set that are hard to learn.</summary>
    public virtual void Warn(SequenceExamples learned, IChannel channel)
    {
    }

    /// <summary>Whether the predicted labels are keys.</summary>
    public virtual bool HasKeys(LabelColumn label) => true;

    /// <summary>The meaning of the head's outputs.</summary>
    public abstract SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label);
}
