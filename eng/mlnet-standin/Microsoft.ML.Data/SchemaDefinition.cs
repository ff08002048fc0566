using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How the members of a class become columns, and columns members.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition() { }

    public Column this[string columnName]
    {
        get => this.FirstOrDefault(c => c.ColumnName == columnName) ?? throw Contracts.ExceptParam(nameof(columnName), $"Column '{columnName}' not found");
        set
        {
            Contracts.CheckParam(value?.ColumnName == columnName, nameof(columnName), "The column's name must be the one it is set under");
            RemoveAll(c => c.ColumnName == columnName);
            Add(value);
        }
    }

    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Contracts.CheckValue(userType, nameof(userType));
        var definition = new SchemaDefinition();
        foreach ((MemberInfo member, Type type) in GetMembers(userType, direction))
        {
            if (member.GetCustomAttribute<NoColumnAttribute>() is not null)
                continue;
            string name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            Contracts.CheckParam(definition.All(c => c.ColumnName != name), nameof(userType), $"Duplicate column name '{name}' detected");
            definition.Add(new Column(member.Name, GetColumnType(member, type), name));
        }
        return definition;
    }

    private static IEnumerable<(MemberInfo Member, Type Type)> GetMembers(Type userType, Direction direction)
    {
        bool read = direction.HasFlag(Direction.Read), write = direction.HasFlag(Direction.Write);
        IEnumerable<FieldInfo> fields = userType.GetFields(BindingFlags.Public | BindingFlags.Instance).Where(f => !write || !f.IsInitOnly);
        IEnumerable<PropertyInfo> properties = userType.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p =>
            p.GetIndexParameters().Length == 0 && (!read || p.GetMethod is { IsPublic: true }) && (!write || p.SetMethod is { IsPublic: true }));
        return fields.Select(f => ((MemberInfo)f, f.FieldType)).Concat(properties.Select(p => ((MemberInfo)p, p.PropertyType)));
    }

    private static DataViewType GetColumnType(MemberInfo member, Type type)
    {
        bool isBuffer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        Type itemType = type.IsArray ? type.GetElementType() : isBuffer ? type.GenericTypeArguments[0] : type;
        CustomAttributeData key = member.CustomAttributes.FirstOrDefault(a => a.AttributeType == typeof(KeyTypeAttribute));
        PrimitiveDataViewType item = key is not null
            ? new KeyDataViewType(itemType, (ulong)key.ConstructorArguments[0].Value)
            : ColumnTypeExtensions.PrimitiveTypeFromType(itemType);
        return type.IsArray || isBuffer ? new VectorDataViewType(item, member.GetCustomAttribute<VectorTypeAttribute>()?.Dims ?? [0]) : item;
    }

    /// <summary>Whether members are read, written or both.</summary>
    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = Read | Write,
    }

    /// <summary>One member and its column.</summary>
    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder _annotations = new();

        internal Column(string memberName, DataViewType columnType, string columnName = null) =>
            (MemberName, ColumnType, ColumnName) = (memberName, columnType, columnName ?? memberName);

        public string MemberName { get; }
        public string ColumnName { get; set; }
        public DataViewType ColumnType { get; set; }
        public DataViewSchema.Annotations Annotations => _annotations.ToAnnotations();
        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType) => _annotations.Add(kind, annotationType, (ref T v) => v = value);
    }
}
