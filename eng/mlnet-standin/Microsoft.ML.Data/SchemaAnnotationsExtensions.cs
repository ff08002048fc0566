namespace Microsoft.ML.Data;

/// <summary>Asks a column for the annotations that components agree on.</summary>
public static class SchemaAnnotationsExtensions
{
    public static void GetSlotNames(this DataViewSchema.Column column, ref VBuffer<ReadOnlyMemory<char>> slotNames) =>
        column.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref slotNames);

    public static void GetKeyValues<TValue>(this DataViewSchema.Column column, ref VBuffer<TValue> keyValues) =>
        column.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref keyValues);

    public static bool HasSlotNames(this DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.SlotNames) is { Type: VectorDataViewType { ItemType: TextDataViewType } };
}
