using System.Collections.Immutable;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML
{
    /// <summary>Looks at the first rows of data.</summary>
    public static class DebuggerExtensions
    {
        public static DataDebuggerPreview Preview(this IDataView data, int maxRows = 100) => new(data, maxRows);
    }
}

namespace Microsoft.ML.Data
{
    /// <summary>The first rows of data, by columns and by rows.</summary>
    public sealed class DataDebuggerPreview
    {
        internal DataDebuggerPreview(IDataView data, int maxRows = 100)
        {
            Contracts.CheckValue(data, nameof(data));
            Schema = data.Schema;
            var rows = new List<RowInfo>();
            using DataViewRowCursor cursor = data.GetRowCursor(Schema);
            Func<DataViewRow, DataViewSchema.Column, Func<object>> make = MakeReader<int>;
            Func<object>[] readers = [.. Schema.Select(column => (Func<object>)make.Method.GetGenericMethodDefinition()
                .MakeGenericMethod(column.Type.RawType).Invoke(null, [cursor, column]))];
            while (rows.Count < maxRows && cursor.MoveNext())
            {
                var row = new RowInfo(readers.Length);
                for (int i = 0; i < readers.Length; i++)
                    row.Values[i] = KeyValuePair.Create(Schema[i].Name, readers[i]());
                rows.Add(row);
            }
            RowView = [.. rows];
            ColumnView = [.. Schema.Select(column => new ColumnInfo(column, [.. rows.Select(row => row.Values[column.Index].Value)]))];
        }

        public DataViewSchema Schema { get; }
        public ImmutableArray<ColumnInfo> ColumnView { get; }
        public ImmutableArray<RowInfo> RowView { get; }
        public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

        private static Func<object> MakeReader<TValue>(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<TValue> get = row.GetGetter<TValue>(column);
            return () =>
            {
                TValue value = default;
                get(ref value);
                return value;
            };
        }

        /// <summary>The first values of a column.</summary>
        public sealed class ColumnInfo
        {
            internal ColumnInfo(DataViewSchema.Column column, object[] values) => (Column, Values) = (column, values);
            public DataViewSchema.Column Column { get; }
            public object[] Values { get; }
        }

        /// <summary>The values of a row, with their columns' names.</summary>
        public sealed class RowInfo
        {
            internal RowInfo(int n) => Values = new KeyValuePair<string, object>[n];
            public KeyValuePair<string, object>[] Values { get; }
        }
    }
}
