namespace Microsoft.ML.Diffusion.Columns;

/// <summary>What becomes of a schema's shape.</summary>
internal static class SchemaShapes
{
    /// <summary>The columns, and others that are added to them, or take the place of those of their names.</summary>
    public static SchemaShape With(this SchemaShape shape, IEnumerable<SchemaShape.Column> added)
    {
        Dictionary<string, SchemaShape.Column> columns = shape.ToDictionary(column => column.Name);
        foreach (SchemaShape.Column column in added)
            columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }
}
