namespace Microsoft.ML.Data;

/// <summary>The names and types of the annotations that components agree on.</summary>
internal static class AnnotationUtils
{
    public static VectorDataViewType GetNamesType(int size) => new(TextDataViewType.Instance, size);

    /// <summary>The names of annotations.</summary>
    public static class Kinds
    {
        public const string SlotNames = "SlotNames";
        public const string KeyValues = "KeyValues";
    }
}

/// <summary>Adds the annotations that components agree on.</summary>
internal static class AnnotationBuilderExtensions
{
    public static void AddSlotNames(this DataViewSchema.Annotations.Builder builder, int size, ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter) =>
        builder.Add(AnnotationUtils.Kinds.SlotNames, AnnotationUtils.GetNamesType(size), getter);

    public static void AddKeyValues<TValue>(
        this DataViewSchema.Annotations.Builder builder, int size, PrimitiveDataViewType valueType, ValueGetter<VBuffer<TValue>> getter) =>
        builder.Add(AnnotationUtils.Kinds.KeyValues, new VectorDataViewType(valueType, size), getter);
}
