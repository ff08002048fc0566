namespace Microsoft.ML.Data;

/// <summary>An annotation that a user gives a column.</summary>
internal abstract class AnnotationInfo
{
    public readonly string Kind;
    public DataViewType AnnotationType;
    private protected AnnotationInfo(string kind, DataViewType annotationType) => (Kind, AnnotationType) = (kind, annotationType);
    internal abstract Delegate GetGetterDelegate();
}

/// <summary>An annotation with its value.</summary>
internal sealed class AnnotationInfo<T> : AnnotationInfo
{
    public readonly T Value;

    public AnnotationInfo(string kind, T value, DataViewType annotationType = null)
        : base(kind, annotationType ?? ColumnTypeExtensions.PrimitiveTypeFromType(typeof(T))) => Value = value;

    internal override Delegate GetGetterDelegate() => (ValueGetter<T>)((ref T v) => v = Value);
}
