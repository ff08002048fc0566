using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>
/// Reads some rows ahead, keeps the values of the requested columns, and computes the added columns of those rows together when the first
/// of them is requested. The input is read once, in order.
/// </summary>
internal sealed class BatchedCursor : DataViewRowCursor
{
    /// <summary>The first batch is small, so that a preview of the first rows does not wait for many.</summary>
    private const int FirstBatch = 4;

    private readonly IHost _host;
    private readonly IRowBatchSource _source;
    private readonly DataViewRowCursor _input;
    private readonly ColumnBindings _bindings;
    private readonly bool[] _active;
    private readonly Dictionary<int, ColumnBuffer> _columns;
    private readonly ValueGetter<DataViewRowId> _getId;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly BufferedRow _row;
    private readonly RowBatch _batch;
    private readonly RowProgress _progress;
    private readonly int _largestBatch;
    private int _firstComputed;
    private int _computed;
    private int _batchSize = FirstBatch;
    private int _rowsRead;
    private int _slot = -1;
    private long _position = -1;
    private bool _disposed;

    /// <summary>Creates a cursor.</summary>
    /// <param name="host">The transformer's host.</param>
    /// <param name="source">The source of the added columns.</param>
    /// <param name="input">
    /// The input's rows; the columns that the source reads and those of <paramref name="needed"/> that pass through are active. Disposed
    /// with the cursor.
    /// </param>
    /// <param name="bindings">The columns.</param>
    /// <param name="needed">The requested columns.</param>
    /// <param name="rowCount">The number of rows of the whole view, if it is known.</param>
    public BatchedCursor(IHost host, IRowBatchSource source, DataViewRowCursor input, ColumnBindings bindings,
        List<DataViewSchema.Column> needed, long? rowCount)
    {
        (_host, _source, _input, _bindings, _largestBatch) = (host, source, input, bindings, source.LargestBatch);
        _active = new bool[bindings.Schema.Count];
        foreach (DataViewSchema.Column column in needed)
            _active[column.Index] = true;
        _columns = input.Schema.Where(input.IsColumnActive)
            .ToDictionary(column => column.Index, column => ColumnBuffer.Create(input, column, _largestBatch));
        _ids = new DataViewRowId[_largestBatch];
        _batches = new long[_largestBatch];
        _getId = input.GetIdGetter();
        _row = new BufferedRow(this);
        _batch = source.CreateBatch(_row, _largestBatch, mayNotBeDisposed: false);
        _progress = new RowProgress(host, source.Done, rowCount, source.ReportInterval);
    }

    public override DataViewSchema Schema => _bindings.Schema;

    public override long Position => _position;

    public override long Batch => _slot >= 0 ? _batches[_slot] : 0;

    public override bool MoveNext()
    {
        if (_disposed)
            return false;
        _source.CheckAlive();
        if (_slot + 1 == _rowsRead)
            ReadAhead();
        if (_slot + 1 == _rowsRead)
        {
            Dispose();
            return false;
        }
        _slot++;
        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        CheckColumn(column);
        return _active[column.Index];
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[CurrentSlot()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _host.CheckParam(IsColumnActive(column), nameof(column),
            $"The column '{column.Name}' is not active; expected a column that was requested when the cursor was created. " +
            "Request it there.");
        int index = _bindings.MapColumnIndex(out bool isSource, column.Index);
        Delegate getter = isSource ? _columns[index].MakeGetter(CurrentSlot) : _batch.MakeGetter(index, ComputedSlot);
        return getter as ValueGetter<TValue>
            ?? throw _host.Except(
                $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            (_slot, _rowsRead, _position) = (-1, 0, -1);
            _batch.Dispose();
            _progress.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private void ReadAhead()
    {
        (_slot, _rowsRead, _computed) = (-1, 0, 0);
        for (; _rowsRead < _batchSize && _input.MoveNext(); _rowsRead++)
        {
            _source.CheckAlive();
            foreach (ColumnBuffer column in _columns.Values)
                column.Read(_rowsRead);
            _getId(ref _ids[_rowsRead]);
            _batches[_rowsRead] = _input.Batch;
        }
        _batchSize = Math.Min(_largestBatch, 2 * _batchSize);
    }

    private int ComputedSlot()
    {
        int slot = CurrentSlot();
        if (_computed == 0 || slot >= _firstComputed + _computed)
        {
            _computed = 0; // nothing is valid if the computation fails
            for (_row.Slot = slot; _row.Slot < _rowsRead; _row.Slot++)
                _batch.Read(_row.Slot);
            int computed = _batch.Compute(slot, _rowsRead - slot);
            (_firstComputed, _computed) = (slot, computed);
            _progress.Add(computed);
        }
        return slot;
    }

    private int CurrentSlot()
    {
        _host.Check(_slot >= 0,
            "Values cannot be fetched at this time. This method was called either before the first call to MoveNext, or at any point " +
            "after that method returned false.");
        return _slot;
    }

    private void CheckColumn(DataViewSchema.Column column) =>
        _host.CheckParam(
            column.Index < Schema.Count && Schema[column.Index].Name == column.Name, nameof(column),
            $"The column '{column.Name}' is not one of this cursor's schema. Take it from the schema of the data view that " +
                "gave the cursor.");

    /// <summary>One of the rows that were read ahead, as the source reads it.</summary>
    private sealed class BufferedRow(BatchedCursor cursor) : DataViewRow
    {
        public int Slot { get; set; }

        public override DataViewSchema Schema => cursor._input.Schema;

        public override long Position => cursor._position - cursor._slot + Slot;

        public override long Batch => cursor._batches[Slot];

        public override bool IsColumnActive(DataViewSchema.Column column) => cursor._columns.ContainsKey(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = cursor._ids[Slot];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ValueGetter<TValue>)cursor._columns[column.Index].MakeGetter(() => Slot);
    }
}
