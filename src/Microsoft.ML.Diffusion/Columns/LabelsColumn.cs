using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>Any number of labels for each row: a vector of booleans with one slot for each label, or a vector of the row's keys.</summary>
internal sealed class LabelsColumn : LabelColumn
{
    private const string Expected =
        "known-size vector of Boolean, or vector of Key (mlContext.Transforms.Conversion.MapValueToKey makes one of a vector of texts)";

    private LabelsColumn(DataViewSchema.Column column, int labels, bool hasKeys)
        : base(column, labels, labels,
            LabelNames.Of(column, hasKeys ? AnnotationUtils.Kinds.KeyValues : AnnotationUtils.Kinds.SlotNames, labels)) =>
            HasKeys = hasKeys;

    /// <summary>Whether the vectors are of keys.</summary>
    public bool HasKeys { get; }

    /// <summary>Finds the column of this name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or has another type.</exception>
    public static LabelsColumn Find(IHost host, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = FindColumn(host, schema, name);
        return column.Type switch
        {
            VectorDataViewType { ItemType: BooleanDataViewType, IsKnownSize: true } flags =>
                new LabelsColumn(column, flags.Size, hasKeys: false),
            VectorDataViewType { ItemType: KeyDataViewType keys } => new LabelsColumn(column, CountOf(host, name, keys), hasKeys: true),
            _ => throw host.ExceptSchemaMismatch(nameof(schema), "label", name, Expected, column.Type.ToString()!),
        };
    }

    /// <summary>Fails unless the shape has such a column.</summary>
    public static SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name)
    {
        if (!inputSchema.TryFindColumn(name, out SchemaShape.Column column))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", name);
        bool fits = column.Kind switch
        {
            SchemaShape.Column.VectorKind.Vector => column.IsKey || column.ItemType is BooleanDataViewType,
            SchemaShape.Column.VectorKind.VariableVector => column.IsKey,
            _ => false,
        };
        return fits ? column : throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", name, Expected, column.GetTypeString());
    }

    /// <summary>A row without any label has a target too: no label is true. A missing key in a vector is ignored.</summary>
    public override TargetGetter MakeGetter(DataViewRow row)
    {
        if (HasKeys)
        {
            Func<IEnumerable<ulong>> getKeys = KeyGetter.OfVector(row, Column);
            return target =>
            {
                target.Clear();
                foreach (ulong key in getKeys())
                {
                    if (key > 0 && key <= (ulong)Outputs)
                        target[(int)key - 1] = 1;
                }
                return true;
            };
        }
        ValueGetter<VBuffer<bool>> getFlags = row.GetGetter<VBuffer<bool>>(Column);
        VBuffer<bool> flags = default;
        return target =>
        {
            getFlags(ref flags);
            int i = 0;
            foreach (bool flag in flags.DenseValues())
                target[i++] = flag ? 1 : 0;
            return true;
        };
    }
}
