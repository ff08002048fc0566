using Microsoft.ML.Diffusion.Columns;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Classification;

/// <summary>What one kind of label has of its own: its column, what is learned of it, and which columns are written for it.</summary>
internal abstract class SequenceLabels
{
    /// <summary>The probability from which on a label is predicted, where there may be several.</summary>
    public virtual double Threshold => 0.5;

    /// <summary>The label column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing, or of another type.</exception>
    public abstract LabelColumn Find(IHost host, DataViewSchema schema, string name);

    /// <summary>Fails unless the shape has a label column.</summary>
    public abstract SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name);

    /// <summary>The shapes of the columns that are written.</summary>
    public abstract IEnumerable<SchemaShape.Column> OutputShapes(SequenceColumns columns, SchemaShape.Column label);

    /// <summary>What is wrong with a label column that has too few values to learn from; null where nothing is.</summary>
    /// <exception cref="ArgumentException">The options do not fit the column.</exception>
    public virtual string? ReasonNotToLearn(LabelColumn label) => null;

    /// <summary>Warns of labels that are learned from and are hard to learn.</summary>
    public virtual void Warn(SequenceExamples learned, IChannel channel)
    {
    }

    /// <summary>Whether predicted labels are keys.</summary>
    public virtual bool HasKeys(LabelColumn label) => true;

    /// <summary>What the head's outputs are about.</summary>
    public abstract SequenceProblem MakeProblem(SequenceExamples examples, LabelColumn label);
}
