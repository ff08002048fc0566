namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// A data view that counts what is asked of it: which columns, how many values, how many cursors. ML.NET's own transforms may ask for
/// a set of cursors and read them on several threads.
/// </summary>
internal sealed class SpyDataView(IDataView inner) : IDataView
{
    private readonly Lock _lock = new();
    private int _openCursors;

    public DataViewSchema Schema => inner.Schema;

    public bool CanShuffle => inner.CanShuffle;

    /// <summary>The columns that each cursor, or set of them, was asked for, by name.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>How many values of each column were read.</summary>
    public Dictionary<string, int> Values { get; } = [];

    public int OpenCursors => _openCursors;

    /// <summary>How many rows cursors have moved to.</summary>
    public int Rows { get; private set; }

    /// <summary>Receives the number of each row that a cursor moves to, counted over all rows from 1.</summary>
    public Action<int>? Moved { get; init; }

    public long? GetRowCount() => inner.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = Note(columnsNeeded);
        return new Cursor(this, inner.GetRowCursor(needed, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] needed = Note(columnsNeeded);
        return [.. Enumerable.Range(0, n).Select(part => new Cursor(this, inner.GetRowCursor(needed, rand)) { Part = part, Parts = n })];
    }

    private DataViewSchema.Column[] Note(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        lock (_lock)
            Asked.Add(string.Join(",", needed.Select(column => column.Name)));
        return needed;
    }

    /// <summary>Every <see cref="Parts"/>-th row.</summary>
    private sealed class Cursor : DataViewRowCursor
    {
        private readonly SpyDataView _view;
        private readonly DataViewRowCursor _inner;
        private bool _disposed;

        public Cursor(SpyDataView view, DataViewRowCursor inner)
        {
            (_view, _inner) = (view, inner);
            Interlocked.Increment(ref view._openCursors);
        }

        public int Part { get; init; }

        public int Parts { get; init; } = 1;

        public override long Position => _inner.Position < 0 ? -1 : _inner.Position / Parts;

        public override long Batch => _inner.Position;

        public override DataViewSchema Schema => _inner.Schema;

        public override bool MoveNext()
        {
            while (_inner.MoveNext())
            {
                if (_inner.Position % Parts != Part)
                    continue;
                int row;
                lock (_view._lock)
                    row = ++_view.Rows;
                _view.Moved?.Invoke(row);
                return true;
            }
            return false;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _inner.IsColumnActive(column);

        public override ValueGetter<Data.DataViewRowId> GetIdGetter() => _inner.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> get = _inner.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                lock (_view._lock)
                    _view.Values[column.Name] = _view.Values.GetValueOrDefault(column.Name) + 1;
                get(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_disposed)
            {
                _disposed = true;
                Interlocked.Decrement(ref _view._openCursors);
                _inner.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
