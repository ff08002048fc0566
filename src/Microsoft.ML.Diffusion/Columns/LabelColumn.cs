using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>A label column of one of the supported types: converts its values to targets and knows their names.</summary>
/// <param name="column">The column.</param>
/// <param name="outputs">The number of outputs of a head for it.</param>
/// <param name="targetSize">The number of values in one row's target.</param>
/// <param name="names">The names of the outputs; null if the column has none.</param>
internal abstract class LabelColumn(DataViewSchema.Column column, int outputs, int targetSize, LabelNames? names)
{
    /// <summary>The column.</summary>
    public DataViewSchema.Column Column => column;

    /// <summary>The number of outputs of a head for it.</summary>
    public int Outputs => outputs;

    /// <summary>The number of values in one row's target.</summary>
    public int TargetSize => targetSize;

    /// <summary>The names of the outputs; null if the column has none.</summary>
    public LabelNames? Names => names;

    /// <summary>Fails if the validation rows name their labels differently from the training rows.</summary>
    public void CheckSame(IHost host, LabelColumn validation) => host.CheckUserArg(
        outputs == validation.Outputs && (names?.Texts ?? []).SequenceEqual(validation.Names?.Texts ?? []),
        nameof(TrainerOptions.ValidationSet),
        $"Its labels '{column.Name}' are {validation}, and those of the training set are {this}; expected the same labels in the same " +
            "order. Map both sets with one transformer: fit MapValueToKey on the training set, and transform both with it");

    /// <summary>Reads the target of the cursor's current row; returns false if the row has none.</summary>
    public abstract TargetGetter MakeGetter(DataViewRow row);

    /// <inheritdoc/>
    public override string ToString() => names is null ? $"{outputs} without names"
        : $"'{string.Join("', '", names.Texts.Take(8))}'{(outputs > 8 ? $" and {outputs - 8} more" : "")}";

    /// <summary>Finds a column, or fails like ML.NET's trainers do.</summary>
    protected static DataViewSchema.Column FindColumn(IHost host, DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) ?? throw host.ExceptSchemaMismatch(nameof(schema), "label", name);

    /// <summary>The number of values of a key type.</summary>
    protected static int CountOf(IHost host, string name, KeyDataViewType type)
    {
        host.CheckParam(type.Count <= 1 << 17, nameof(name),
            $"The label column '{name}' has {type.Count} keys; expected at most {1 << 17}. Map fewer values to keys.");
        return (int)type.Count;
    }
}

/// <summary>Reads a row's target.</summary>
/// <param name="target">Receives the target.</param>
/// <returns>Whether the row has a target.</returns>
internal delegate bool TargetGetter(Span<float> target);
