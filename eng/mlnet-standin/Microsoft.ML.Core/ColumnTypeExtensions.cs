using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Questions about the types of columns.</summary>
internal static class ColumnTypeExtensions
{
    public static DataViewType GetItemType(this DataViewType columnType) => columnType is VectorDataViewType vector ? vector.ItemType : columnType;

    public static PrimitiveDataViewType PrimitiveTypeFromType(Type type) =>
        type == typeof(ReadOnlyMemory<char>) || type == typeof(string) ? TextDataViewType.Instance
        : type == typeof(bool) ? BooleanDataViewType.Instance
        : type == typeof(DataViewRowId) ? RowIdDataViewType.Instance
        : NumberTypeFromType(type);

    public static NumberDataViewType NumberTypeFromType(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => NumberDataViewType.SByte,
        TypeCode.Byte => NumberDataViewType.Byte,
        TypeCode.Int16 => NumberDataViewType.Int16,
        TypeCode.UInt16 => NumberDataViewType.UInt16,
        TypeCode.Int32 => NumberDataViewType.Int32,
        TypeCode.UInt32 => NumberDataViewType.UInt32,
        TypeCode.Int64 => NumberDataViewType.Int64,
        TypeCode.UInt64 => NumberDataViewType.UInt64,
        TypeCode.Single => NumberDataViewType.Single,
        TypeCode.Double => NumberDataViewType.Double,
        _ => throw Contracts.Except($"No column type holds values of {type}."),
    };
}
