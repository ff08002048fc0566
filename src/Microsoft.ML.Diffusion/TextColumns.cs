using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>Checks of text columns, worded as ML.NET words them, and the shape of the column that is written.</summary>
internal static class TextColumns
{
    /// <summary>Fails unless the shape has a text column of this name.</summary>
    public static void Check(IHost host, SchemaShape schema, string name, string role)
    {
        if (!schema.TryFindColumn(name, out SchemaShape.Column column))
            throw host.ExceptSchemaMismatch(nameof(schema), role, name);
        if (column.ItemType is not TextDataViewType || column.Kind != SchemaShape.Column.VectorKind.Scalar)
            throw host.ExceptSchemaMismatch(nameof(schema), role, name, "String", column.GetTypeString());
    }

    /// <summary>The text column of this name.</summary>
    public static DataViewSchema.Column Find(IHost host, DataViewSchema schema, string name, string role)
    {
        if (schema.GetColumnOrNull(name) is not DataViewSchema.Column column)
            throw host.ExceptSchemaMismatch(nameof(schema), role, name);
        if (column.Type is not TextDataViewType)
            throw host.ExceptSchemaMismatch(nameof(schema), role, name, "String", column.Type.ToString()!);
        return column;
    }

    /// <summary>The input's columns and the one that is written: a text, or a vector of texts where there are several samples.</summary>
    public static SchemaShape WithOutput(SchemaShape schema, string name, int samples)
    {
        Dictionary<string, SchemaShape.Column> columns = schema.ToDictionary(column => column.Name);
        SchemaShape.Column.VectorKind kind = samples > 1 ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.Scalar;
        columns[name] = new SchemaShape.Column(name, kind, TextDataViewType.Instance, false);
        return new SchemaShape(columns.Values);
    }

    /// <summary>The type of the column that is written.</summary>
    public static DataViewType OutputType(int samples) =>
        samples > 1 ? new VectorDataViewType(TextDataViewType.Instance, samples) : TextDataViewType.Instance;
}
