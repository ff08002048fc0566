using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A schema with no rows.</summary>
internal sealed class EmptyDataView : IDataView
{
    public EmptyDataView(IHostEnvironment env, DataViewSchema schema)
    {
        env.CheckValue(schema, nameof(schema));
        Schema = schema;
    }

    public bool CanShuffle => true;
    public DataViewSchema Schema { get; }
    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(Schema, [.. columnsNeeded.Select(c => c.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewSchema schema, HashSet<int> active) : DataViewRowCursor
    {
        public override long Position => -1;
        public override long Batch => 0;
        public override DataViewSchema Schema => schema;
        public override bool MoveNext() => false;
        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);
        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId _) => throw Contracts.Except("There is no row.");
        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ref TValue _) => throw Contracts.Except("There is no row.");
    }
}
