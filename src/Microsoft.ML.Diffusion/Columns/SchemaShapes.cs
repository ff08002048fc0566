namespace Microsoft.ML.Diffusion.Columns;

/// <summary>Extends schema shapes.</summary>
internal static class SchemaShapes
{
    /// <summary>The columns of the shape together with added columns; an added column replaces a column of the same name.</summary>
    public static SchemaShape With(this SchemaShape shape, IEnumerable<SchemaShape.Column> added)
    {
        Dictionary<string, SchemaShape.Column> columns = shape.ToDictionary(column => column.Name);
        foreach (SchemaShape.Column column in added)
            columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }
}
