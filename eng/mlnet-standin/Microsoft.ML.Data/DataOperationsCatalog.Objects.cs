using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>Objects read in their order, as often as cursors ask.</summary>
    private sealed class Objects<TRow>(IHost host, IEnumerable<TRow> rows, SchemaDefinition definition) : IDataView
        where TRow : class
    {
        private readonly Delegate[] _readers = [.. definition.Select(Members<TRow>.MakeReader)];
        public bool CanShuffle => false;

        public DataViewSchema Schema { get; } = SchemaExtensions.MakeSchema(
            definition.Select(c => new DataViewSchema.DetachedColumn(c.ColumnName, c.ColumnType, c.Annotations)));

        public long? GetRowCount() => rows is ICollection<TRow> collection ? collection.Count : null;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
            new Cursor(host, rows.GetEnumerator(), Schema, _readers, [.. columnsNeeded.Select(c => c.Index)]);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];

        private sealed class Cursor(IHost host, IEnumerator<TRow> rows, DataViewSchema schema, Delegate[] readers, HashSet<int> active) : DataViewRowCursor
        {
            private long _position = -1;
            public override long Position => _position;
            public override long Batch => 0;
            public override DataViewSchema Schema => schema;
            public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);
            public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

            public override bool MoveNext()
            {
                host.CheckAlive();
                bool more = rows.MoveNext();
                _position = more ? _position + 1 : -1;
                return more;
            }

            public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
            {
                host.Check(IsColumnActive(column), $"Column '{column.Name}' is not active.");
                if (readers[column.Index] is not Func<TRow, TValue> read)
                    throw host.Except($"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
                return (ref TValue value) =>
                {
                    host.Check(_position >= 0, "There is no row here.");
                    value = read(rows.Current);
                };
            }

            protected override void Dispose(bool disposing)
            {
                rows.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
