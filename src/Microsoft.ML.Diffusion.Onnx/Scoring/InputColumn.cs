using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>A column that is read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">Its role in messages.</param>
/// <param name="Kind">Its type.</param>
internal sealed record InputColumn(string Name, string Role, InputKind Kind)
{
    private string Expected => Kind switch
    {
        InputKind.Text => "String",
        InputKind.Words => "String or vector of String",
        _ => "Single or vector of Single",
    };

    /// <summary>Finds the column.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or has another type.</exception>
    public DataViewSchema.Column Find(IHost host, DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(Name) is not DataViewSchema.Column column)
            throw host.ExceptSchemaMismatch(nameof(schema), Role, Name);
        if (!Takes(column.Type.GetItemType(), column.Type is VectorDataViewType))
            throw host.ExceptSchemaMismatch(nameof(schema), Role, Name, Expected, column.Type.ToString()!);
        return column;
    }

    /// <summary>Fails unless the shape has the column.</summary>
    public void Check(IHost host, SchemaShape schema)
    {
        if (!schema.TryFindColumn(Name, out SchemaShape.Column column))
            throw host.ExceptSchemaMismatch(nameof(schema), Role, Name);
        if (!Takes(column.ItemType, column.Kind != SchemaShape.Column.VectorKind.Scalar))
            throw host.ExceptSchemaMismatch(nameof(schema), Role, Name, Expected, column.GetTypeString());
    }

    private bool Takes(DataViewType item, bool isVector) => Kind switch
    {
        InputKind.Text => item is TextDataViewType && !isVector,
        InputKind.Words => item is TextDataViewType,
        _ => item == NumberDataViewType.Single,
    };
}
