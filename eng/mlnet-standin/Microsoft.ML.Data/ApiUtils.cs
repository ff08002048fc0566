using System.Linq.Expressions;
using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Reads a member of a row object as its column's value.</summary>
internal delegate void Peek<in TRow, TValue>(TRow row, long position, ref TValue value);

/// <summary>Writes a column's value into a member of a row object.</summary>
internal delegate void Poke<TRow, TValue>(TRow dst, TValue src);

/// <summary>Makes them.</summary>
internal static class ApiUtils
{
    internal static Delegate GeneratePeek<TOwn, TRow>(InternalSchemaDefinition.Column column) => Generate<TRow>(column, "Peek");
    internal static Delegate GeneratePoke<TOwn, TRow>(InternalSchemaDefinition.Column column) => Generate<TRow>(column, "Poke");

    /// <summary>Text and arrays are held differently in members and in columns; everything else is copied.</summary>
    private static Delegate Generate<TRow>(InternalSchemaDefinition.Column column, string kind)
    {
        Type type = column.FieldOrPropertyType;
        string shape = type == typeof(string) ? "Text" : type == typeof(string[]) ? "Texts" : type.IsArray ? "Array"
            : column.ColumnType is VectorDataViewType ? "Vector" : "Value";
        Type[] types = shape switch
        {
            "Text" or "Texts" => [typeof(TRow)],
            "Array" => [typeof(TRow), type.GetElementType()],
            "Vector" => [typeof(TRow), type.GenericTypeArguments[0]],
            _ => [typeof(TRow), type],
        };
        return (Delegate)typeof(ApiUtils).GetMethod(kind + shape, BindingFlags.Static | BindingFlags.NonPublic)
            .MakeGenericMethod(types).Invoke(null, [column.MemberInfo]);
    }

    private static Func<TRow, TMember> Getter<TRow, TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow));
        return Expression.Lambda<Func<TRow, TMember>>(Expression.MakeMemberAccess(row, member), row).Compile();
    }

    private static Action<TRow, TMember> Setter<TRow, TMember>(MemberInfo member)
    {
        ParameterExpression row = Expression.Parameter(typeof(TRow)), value = Expression.Parameter(typeof(TMember));
        return Expression.Lambda<Action<TRow, TMember>>(Expression.Assign(Expression.MakeMemberAccess(row, member), value), row, value).Compile();
    }

    private static Peek<TRow, ReadOnlyMemory<char>> PeekText<TRow>(MemberInfo member)
    {
        Func<TRow, string> get = Getter<TRow, string>(member);
        return (TRow row, long _, ref ReadOnlyMemory<char> value) => value = get(row).AsMemory();
    }

    private static Poke<TRow, ReadOnlyMemory<char>> PokeText<TRow>(MemberInfo member)
    {
        Action<TRow, string> set = Setter<TRow, string>(member);
        return (row, value) => set(row, value.ToString());
    }

    private static Peek<TRow, VBuffer<ReadOnlyMemory<char>>> PeekTexts<TRow>(MemberInfo member)
    {
        Func<TRow, string[]> get = Getter<TRow, string[]>(member);
        return (TRow row, long _, ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            string[] texts = get(row) ?? [];
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, texts.Length);
            for (int i = 0; i < texts.Length; i++)
                editor.Values[i] = texts[i].AsMemory();
            value = editor.Commit();
        };
    }

    private static Poke<TRow, VBuffer<ReadOnlyMemory<char>>> PokeTexts<TRow>(MemberInfo member)
    {
        Action<TRow, string[]> set = Setter<TRow, string[]>(member);
        return (row, value) => set(row, [.. value.DenseValues().Select(t => t.ToString())]);
    }

    private static Peek<TRow, VBuffer<TItem>> PeekArray<TRow, TItem>(MemberInfo member)
    {
        Func<TRow, TItem[]> get = Getter<TRow, TItem[]>(member);
        return (TRow row, long _, ref VBuffer<TItem> value) =>
        {
            TItem[] items = get(row) ?? [];
            VBufferEditor<TItem> editor = VBufferEditor.Create(ref value, items.Length);
            items.CopyTo(editor.Values);
            value = editor.Commit();
        };
    }

    private static Poke<TRow, VBuffer<TItem>> PokeArray<TRow, TItem>(MemberInfo member)
    {
        Func<TRow, TItem[]> get = Getter<TRow, TItem[]>(member);
        Action<TRow, TItem[]> set = Setter<TRow, TItem[]>(member);
        return (row, value) =>
        {
            TItem[] items = get(row);
            if (items?.Length != value.Length)
                set(row, items = new TItem[value.Length]);
            value.CopyTo(items);
        };
    }

    private static Peek<TRow, VBuffer<TItem>> PeekVector<TRow, TItem>(MemberInfo member)
    {
        Func<TRow, VBuffer<TItem>> get = Getter<TRow, VBuffer<TItem>>(member);
        return (TRow row, long _, ref VBuffer<TItem> value) => get(row).CopyTo(ref value);
    }

    private static Poke<TRow, VBuffer<TItem>> PokeVector<TRow, TItem>(MemberInfo member)
    {
        Action<TRow, VBuffer<TItem>> set = Setter<TRow, VBuffer<TItem>>(member);
        return (row, value) =>
        {
            // The column's arrays are reused for the next row, the member's are the user's.
            VBuffer<TItem> copy = default;
            value.CopyTo(ref copy);
            set(row, copy);
        };
    }

    private static Peek<TRow, TValue> PeekValue<TRow, TValue>(MemberInfo member)
    {
        Func<TRow, TValue> get = Getter<TRow, TValue>(member);
        return (TRow row, long _, ref TValue value) => value = get(row);
    }

    private static Poke<TRow, TValue> PokeValue<TRow, TValue>(MemberInfo member)
    {
        Action<TRow, TValue> set = Setter<TRow, TValue>(member);
        return (row, value) => set(row, value);
    }
}
