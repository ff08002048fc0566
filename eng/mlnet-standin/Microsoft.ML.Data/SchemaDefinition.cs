using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How the members of a class become columns, and columns members.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    public Column this[string columnName]
    {
        get => this.FirstOrDefault(c => c.ColumnName == columnName)
            ?? throw Contracts.ExceptParam(nameof(columnName), $"Column '{columnName}' not found");
        set
        {
            Contracts.CheckParam(value?.ColumnName == columnName, nameof(columnName), "The column's name must be the one it is set under");
            int index = FindIndex(c => c.ColumnName == columnName);
            if (index < 0)
                Add(value);
            else
                this[index] = value;
        }
    }

    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Contracts.CheckValue(userType, nameof(userType));
        var definition = new SchemaDefinition();
        foreach (MemberInfo member in GetMemberInfos(userType, direction))
        {
            if (member.GetCustomAttribute<NoColumnAttribute>() is not null)
                continue;
            string name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            Contracts.CheckParam(definition.All(c => c.ColumnName != name), nameof(userType), $"Duplicate column name '{name}' detected");
            definition.Add(new Column(member.Name, GetColumnType(member), name));
        }
        return definition;
    }

    internal static MemberInfo[] GetMemberInfos(Type userType, Direction direction)
    {
        bool read = direction.HasFlag(Direction.Read), write = direction.HasFlag(Direction.Write);
        return
        [
            .. userType.GetFields(BindingFlags.Public | BindingFlags.Instance).Where(f => !write || !f.IsInitOnly),
            .. userType.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p =>
                p.GetIndexParameters().Length == 0 && (!read || p.GetMethod is { IsPublic: true }) && (!write || p.SetMethod is { IsPublic: true })),
        ];
    }

    private static DataViewType GetColumnType(MemberInfo member)
    {
        InternalSchemaDefinition.GetVectorAndItemType(member, out bool isVector, out Type itemType);
        PrimitiveDataViewType item;
        if (member.GetCustomAttribute<KeyTypeAttribute>() is KeyTypeAttribute key)
        {
            Contracts.CheckParam(KeyDataViewType.IsValidDataType(itemType), nameof(member),
                $"Member {member.Name} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type");
            ulong largest = Convert.ToUInt64(itemType.GetField(nameof(uint.MaxValue)).GetValue(null), System.Globalization.CultureInfo.InvariantCulture);
            item = new KeyDataViewType(itemType, key.KeyCount is null ? largest : key.KeyCount.Count.GetValueOrDefault());
        }
        else
        {
            item = ColumnTypeExtensions.PrimitiveTypeFromType(itemType);
        }
        int[] dimensions = member.GetCustomAttribute<VectorTypeAttribute>()?.Dims;
        return !isVector ? item
            : dimensions is null or [] ? new VectorDataViewType(item)
            : new VectorDataViewType(item, dimensions);
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
