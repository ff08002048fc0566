using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Cursors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>A key label: one class out of several for each row.</summary>
internal sealed class KeyLabelColumn : LabelColumn
{
    private const string Expected = "Key (mlContext.Transforms.Conversion.MapValueToKey makes one of text or numbers)";

    private KeyLabelColumn(DataViewSchema.Column column, int classes)
        : base(column, classes, targetSize: 1, LabelNames.Of(column, AnnotationUtils.Kinds.KeyValues, classes))
    {
    }

    /// <summary>Finds the column of this name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or is not a key.</exception>
    public static KeyLabelColumn Find(IHost host, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = FindColumn(host, schema, name);
        if (column.Type is not KeyDataViewType type)
            throw host.ExceptSchemaMismatch(nameof(schema), "label", name, Expected, column.Type.ToString()!);
        return new KeyLabelColumn(column, CountOf(host, name, type));
    }

    /// <summary>Fails unless the shape has such a column.</summary>
    public static SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name)
    {
        if (!inputSchema.TryFindColumn(name, out SchemaShape.Column column))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", name);
        return column.IsKey && column.Kind == SchemaShape.Column.VectorKind.Scalar
            ? column
            : throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", name, Expected, column.GetTypeString());
    }

    public override TargetGetter MakeGetter(DataViewRow row)
    {
        Func<ulong> get = KeyGetter.Of(row, Column);
        return target =>
        {
            ulong key = get();
            target[0] = key - 1f;
            return key > 0 && key <= (ulong)Outputs;
        };
    }
}
