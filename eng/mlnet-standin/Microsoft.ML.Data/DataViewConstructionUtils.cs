namespace Microsoft.ML.Data;

/// <summary>Columns for the members of objects.</summary>
internal static class DataViewConstructionUtils
{
    internal static DataViewSchema.DetachedColumn[] GetSchemaColumns(InternalSchemaDefinition schemaDefn) =>
    [
        .. schemaDefn.Columns.Select(column =>
        {
            var annotations = new DataViewSchema.Annotations.Builder();
            foreach (AnnotationInfo info in column.Annotations.Values)
                annotations.Add(info.Kind, info.AnnotationType, info.GetGetterDelegate());
            return new DataViewSchema.DetachedColumn(column.ColumnName, column.ColumnType, annotations.ToAnnotations());
        }),
    ];
}
