using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Getters of a row's cells as .NET values; keys become the texts that they stand for.</summary>
internal static class Cells
{
    /// <summary>A getter of a text or a key.</summary>
    public static Func<string> Text(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is KeyDataViewType)
        {
            string[] names = KeyNames(column);
            return Scalar<uint, string>(row, column, key => key == 0 ? "" : names[key - 1]);
        }
        return column.Type is TextDataViewType ? Scalar<ReadOnlyMemory<char>, string>(row, column, value => value.ToString())
            : Scalar<float, string>(row, column, value => value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A getter of a number.</summary>
    public static Func<float> Number(DataViewRow row, DataViewSchema.Column column) => Scalar<float, float>(row, column, value => value);

    /// <summary>A getter of a vector of texts or keys.</summary>
    public static Func<string[]> Texts(DataViewRow row, DataViewSchema.Column column)
    {
        if (((VectorDataViewType)column.Type).ItemType is KeyDataViewType)
        {
            string[] names = KeyNames(column);
            return Vector<uint, string>(row, column, key => key == 0 ? "" : names[key - 1]);
        }
        return Vector<ReadOnlyMemory<char>, string>(row, column, value => value.ToString());
    }

    /// <summary>A getter of a vector of values.</summary>
    public static Func<T[]> Vector<T>(DataViewRow row, DataViewSchema.Column column) => Vector<T, T>(row, column, value => value);

    /// <summary>The names of a vector's slots.</summary>
    public static string[] SlotNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static Func<TResult> Scalar<T, TResult>(DataViewRow row, DataViewSchema.Column column, Func<T, TResult> convert)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static Func<TResult[]> Vector<T, TResult>(DataViewRow row, DataViewSchema.Column column, Func<T, TResult> convert)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return [.. value.DenseValues().Select(convert)];
        };
    }
}
