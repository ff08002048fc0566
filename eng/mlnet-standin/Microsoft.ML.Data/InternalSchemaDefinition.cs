using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The members of a class, found and checked.</summary>
internal sealed class InternalSchemaDefinition
{
    public readonly Column[] Columns;
    private InternalSchemaDefinition(Column[] columns) => Columns = columns;

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition.Direction direction) =>
        Create(userType, SchemaDefinition.Create(userType, direction));

    public static InternalSchemaDefinition Create(Type userType, SchemaDefinition userSchemaDefinition) => new(
    [
        .. userSchemaDefinition.Select(column =>
        {
            MemberInfo member = userType.GetField(column.MemberName) ?? (MemberInfo)userType.GetProperty(column.MemberName)
                ?? throw Contracts.ExceptParam(nameof(userSchemaDefinition), $"No field or property with name '{column.MemberName}' found in type '{userType.FullName}'.");
            GetVectorAndItemType(member, out bool isVector, out Type itemType);
            if (itemType == typeof(string))
                itemType = typeof(ReadOnlyMemory<char>);
            Contracts.CheckParam(
                isVector == column.ColumnType is VectorDataViewType && column.ColumnType.GetItemType().RawType == itemType,
                nameof(userSchemaDefinition), $"Member '{column.MemberName}' cannot hold the values of column '{column.ColumnName}' of type {column.ColumnType}");
            return new Column(column.ColumnName, column.ColumnType, member);
        }),
    ]);

    public static void GetVectorAndItemType(MemberInfo memberInfo, out bool isVector, out Type itemType)
    {
        Type type = memberInfo is FieldInfo field ? field.FieldType : ((PropertyInfo)memberInfo).PropertyType;
        bool isBuffer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        isVector = type.IsArray || isBuffer;
        itemType = type.IsArray ? type.GetElementType() : isBuffer ? type.GenericTypeArguments[0] : type;
    }

    /// <summary>One column and its member.</summary>
    public class Column
    {
        public readonly string ColumnName;
        public readonly DataViewType ColumnType;
        public readonly MemberInfo MemberInfo;

        public Column(string columnName, DataViewType columnType, MemberInfo memberInfo) =>
            (ColumnName, ColumnType, MemberInfo) = (columnName, columnType, memberInfo);

        public Type FieldOrPropertyType => MemberInfo is FieldInfo f ? f.FieldType : ((PropertyInfo)MemberInfo).PropertyType;
    }
}
