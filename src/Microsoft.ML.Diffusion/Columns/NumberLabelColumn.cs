using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Columns;

/// <summary>A number label for each row.</summary>
internal sealed class NumberLabelColumn : LabelColumn
{
    private const string Expected = "Single (mlContext.Transforms.Conversion.ConvertType makes one of other numbers)";

    private NumberLabelColumn(DataViewSchema.Column column) : base(column, outputs: 1, targetSize: 1, names: null)
    {
    }

    /// <summary>Finds the column of this name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or has another type.</exception>
    public static NumberLabelColumn Find(IHost host, DataViewSchema schema, string name)
    {
        DataViewSchema.Column column = FindColumn(host, schema, name);
        return column.Type == NumberDataViewType.Single
            ? new NumberLabelColumn(column)
            : throw host.ExceptSchemaMismatch(nameof(schema), "label", name, Expected, column.Type.ToString()!);
    }

    /// <summary>Fails unless the shape has such a column.</summary>
    public static SchemaShape.Column Check(IHost host, SchemaShape inputSchema, string name)
    {
        if (!inputSchema.TryFindColumn(name, out SchemaShape.Column column))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", name);
        return column.ItemType == NumberDataViewType.Single && column.Kind == SchemaShape.Column.VectorKind.Scalar && !column.IsKey
            ? column
            : throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", name, Expected, column.GetTypeString());
    }

    /// <summary>NaN and infinity are not targets.</summary>
    public override TargetGetter MakeGetter(DataViewRow row)
    {
        ValueGetter<float> get = row.GetGetter<float>(Column);
        return target =>
        {
            get(ref target[0]);
            return float.IsFinite(target[0]);
        };
    }
}
