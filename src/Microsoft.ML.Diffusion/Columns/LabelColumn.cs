using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>A column of labels, of one of the types that sequences can be taught: how its values become targets, and what they are called.</summary>
/// <param name="column">The column.</param>
/// <param name="outputs">The number of outputs that a head for it has.</param>
/// <param name="targetSize">The numbers that make one row's target.</param>
/// <param name="names">What the outputs are called; null where the column does not say.</param>
internal abstract class LabelColumn(DataViewSchema.Column column, int outputs, int targetSize, LabelNames? names)
{
    /// <summary>The column.</summary>
    public DataViewSchema.Column Column => column;

    /// <summary>The number of outputs that a head for it has.</summary>
    public int Outputs => outputs;

    /// <summary>The numbers that make one row's target.</summary>
    public int TargetSize => targetSize;

    /// <summary>What the outputs are called; null where the column does not say.</summary>
    public LabelNames? Names => names;

    /// <summary>Fails where rows to validate on name their labels otherwise than those that are learned from.</summary>
    public void CheckSame(IHost host, LabelColumn validation) => host.CheckUserArg(
        outputs == validation.Outputs && (names?.Texts ?? []).SequenceEqual(validation.Names?.Texts ?? []), nameof(TrainerOptions.ValidationSet),
        $"Its labels '{column.Name}' are {validation}, and those that are learned from are {this}; expected the same in the same order. Map both sets with one transformer: fit MapValueToKey on the training set, and transform both with it");

    /// <summary>Reads the target of the row that a cursor stands on; the result is false where the row has none.</summary>
    public abstract TargetGetter MakeGetter(DataViewRow row);

    /// <inheritdoc/>
    public override string ToString() => names is null ? $"{outputs} without names" : $"'{string.Join("', '", names.Texts.Take(8))}'{(outputs > 8 ? $" and {outputs - 8} more" : "")}";

    /// <summary>Finds a column, or fails as ML.NET's trainers do.</summary>
    protected static DataViewSchema.Column FindColumn(IHost host, DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) ?? throw host.ExceptSchemaMismatch(nameof(schema), "label", name);

    /// <summary>The number of a key type's values.</summary>
    protected static int CountOf(IHost host, string name, KeyDataViewType type)
    {
        host.CheckParam(type.Count <= 1 << 17, nameof(name), $"The label column '{name}' has {type.Count} keys; expected at most {1 << 17}. Map fewer values to keys.");
        return (int)type.Count;
    }
}

/// <summary>Reads a row's target.</summary>
/// <param name="target">Receives it.</param>
/// <returns>Whether the row has one.</returns>
internal delegate bool TargetGetter(Span<float> target);
