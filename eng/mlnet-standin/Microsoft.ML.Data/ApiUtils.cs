using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Reads a member of a row object as its column's value.</summary>
internal delegate void Peek<in TRow, TValue>(TRow row, long position, ref TValue value);

/// <summary>Writes a column's value into a member of a row object.</summary>
internal delegate void Poke<TRow, TValue>(TRow dst, TValue src);

/// <summary>Makes them. Text is a string in members, memory in columns; several values are an array or a vector in members, a vector in columns.</summary>
internal static class ApiUtils
{
    internal static Delegate GeneratePeek<TOwn, TRow>(InternalSchemaDefinition.Column column) => Generate<TRow>(column, "Peek");
    internal static Delegate GeneratePoke<TOwn, TRow>(InternalSchemaDefinition.Column column) => Generate<TRow>(column, "Poke");

    private static Delegate Generate<TRow>(InternalSchemaDefinition.Column column, string kind)
    {
        Type type = column.FieldOrPropertyType, item = column.ColumnType.GetItemType().RawType;
        Type[] types = type.IsArray ? [typeof(TRow), type.GetElementType(), item]
            : column.ColumnType is VectorDataViewType ? [typeof(TRow), item]
            : [typeof(TRow), type, item];
        string shape = type.IsArray ? "Array" : types.Length == 2 ? "Vector" : "Value";
        return (Delegate)typeof(ApiUtils).GetMethod(kind + shape, BindingFlags.Static | BindingFlags.NonPublic)
            .MakeGenericMethod(types).Invoke(null, [column]);
    }

    private static Func<TRow, TMember> Getter<TRow, TMember>(InternalSchemaDefinition.Column column)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TMember>>(Expression.MakeMemberAccess(row, column.MemberInfo), row).Compile();
    }

    private static Action<TRow, TMember> Setter<TRow, TMember>(InternalSchemaDefinition.Column column)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow)), value = Expression.Parameter(typeof(TMember));
        return Expression.Lambda<Action<TRow, TMember>>(Expression.Assign(Expression.MakeMemberAccess(row, column.MemberInfo), value), row, value).Compile();
    }

    private static Func<TFrom, TTo> Converter<TFrom, TTo>(KeyDataViewType key = null)
    {
        Delegate convert = key is not null ? (TFrom place) => KeyAt<TTo>(Convert.ToUInt64(place, CultureInfo.InvariantCulture), key.Count)
            : typeof(TFrom) == typeof(string) ? (string text) => text.AsMemory()
            : typeof(TTo) == typeof(string) ? (ReadOnlyMemory<char> text) => text.ToString()
            : (TFrom same) => same;
        return (Func<TFrom, TTo>)convert;
    }

    /// <summary>Members count from 0 what keys count from 1.</summary>
    private static TKey KeyAt<TKey>(ulong place, ulong count) => (TKey)Convert.ChangeType(place < count ? place + 1 : 0, typeof(TKey), CultureInfo.InvariantCulture);

    private static Peek<TRow, TValue> PeekValue<TRow, TMember, TValue>(InternalSchemaDefinition.Column column)
    {
        Func<TRow, TMember> get = Getter<TRow, TMember>(column);
        Func<TMember, TValue> convert = Converter<TMember, TValue>(column.ColumnType as KeyDataViewType);
        return (TRow row, long _, ref TValue value) => value = convert(get(row));
    }

    private static Poke<TRow, TValue> PokeValue<TRow, TMember, TValue>(InternalSchemaDefinition.Column column)
    {
        Action<TRow, TMember> set = Setter<TRow, TMember>(column);
        Func<TValue, TMember> convert = Converter<TValue, TMember>();
        return (row, value) => set(row, convert(value));
    }

    private static Peek<TRow, VBuffer<TItem>> PeekArray<TRow, TMember, TItem>(InternalSchemaDefinition.Column column)
    {
        Func<TRow, TMember[]> get = Getter<TRow, TMember[]>(column);
        Func<TMember, TItem> convert = Converter<TMember, TItem>();
        return (TRow row, long _, ref VBuffer<TItem> value) =>
        {
            TMember[] items = get(row) ?? [];
            VBufferEditor<TItem> editor = VBufferEditor.Create(ref value, items.Length);
            for (int i = 0; i < items.Length; i++)
                editor.Values[i] = convert(items[i]);
            value = editor.Commit();
        };
    }

    private static Poke<TRow, VBuffer<TItem>> PokeArray<TRow, TMember, TItem>(InternalSchemaDefinition.Column column)
    {
        Action<TRow, TMember[]> set = Setter<TRow, TMember[]>(column);
        Func<TItem, TMember> convert = Converter<TItem, TMember>();
        return (row, value) => set(row, [.. value.DenseValues().Select(convert)]);
    }

    private static Peek<TRow, VBuffer<TItem>> PeekVector<TRow, TItem>(InternalSchemaDefinition.Column column)
    {
        Func<TRow, VBuffer<TItem>> get = Getter<TRow, VBuffer<TItem>>(column);
        return (TRow row, long _, ref VBuffer<TItem> value) => get(row).CopyTo(ref value);
    }

    private static Poke<TRow, VBuffer<TItem>> PokeVector<TRow, TItem>(InternalSchemaDefinition.Column column)
    {
        Action<TRow, VBuffer<TItem>> set = Setter<TRow, VBuffer<TItem>>(column);
        return (row, value) =>
        {
            // The column's arrays are reused for the next row, the member's are the user's.
            VBuffer<TItem> copy = default;
            value.CopyTo(ref copy);
            set(row, copy);
        };
    }
}
