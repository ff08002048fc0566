using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Reads one column.</summary>
public static class ColumnCursorExtensions
{
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName)
    {
        Contracts.CheckValue(data, nameof(data));
        DataViewSchema.Column column = data.Schema.GetColumnOrNull(columnName)
            ?? throw Contracts.ExceptSchemaMismatch(nameof(columnName), "input", columnName);
        return typeof(T) == typeof(string) && column.Type is TextDataViewType
            ? (IEnumerable<T>)Read<ReadOnlyMemory<char>>(data, column).Select(text => text.ToString())
            : Read<T>(data, column);
    }

    private static IEnumerable<T> Read<T>(IDataView data, DataViewSchema.Column column)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<T> get = cursor.GetGetter<T>(column);
        while (cursor.MoveNext())
        {
            T value = default;
            get(ref value);
            yield return value;
        }
    }
}
