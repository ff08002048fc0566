using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>Rows of text as an <see cref="IDataView"/>.</summary>
internal sealed class TableView : IDataView
{
    private readonly IReadOnlyList<TableColumn> _columns;
    private readonly Func<IEnumerable<string[]>> _rows;

    /// <summary>Creates a view.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">Reads the rows, once for each cursor.</param>
    public TableView(IReadOnlyList<TableColumn> columns, Func<IEnumerable<string[]>> rows)
    {
        var builder = new DataViewSchema.Builder();
        foreach (TableColumn column in columns)
            builder.AddColumn(column.Name, column.Type);
        (_columns, _rows, Schema) = (columns, rows, builder.ToSchema());
    }

    /// <inheritdoc/>
    public DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <summary>A view of text columns, one for each field of a row.</summary>
    public static TableView OfTexts(IEnumerable<string> names, Func<IEnumerable<string[]>> rows) =>
        new([.. names.Select(TableColumn.Text)], rows);

    /// <summary>A view of text columns without rows.</summary>
    public static TableView Empty(params IEnumerable<string> names) => OfTexts(names, () => []);

    /// <inheritdoc/>
    public long? GetRowCount() => null;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(TableView view, HashSet<int> needed) : DataViewRowCursor
    {
        private readonly IEnumerator<string[]> _rows = view._rows().GetEnumerator();
        private long _position = -1;

        public override DataViewSchema Schema => view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => needed.Contains(column.Index);

        public override bool MoveNext()
        {
            bool moved = _rows.MoveNext();
            _position += moved ? 1 : 0;
            return moved;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            view._columns[column.Index].MakeGetter(() => _rows.Current) as ValueGetter<TValue> ?? throw new ArgumentException(
                $"The column '{column.Name}' is {column.Type}; expected a getter of {column.Type.RawType}, not of {typeof(TValue)}.");

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId value) => value = new DataViewRowId((ulong)_position, 0);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
