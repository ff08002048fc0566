using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Fills <paramref name="value"/> with the current row's value of the column it was made for.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);

/// <summary>One row; its getters follow wherever the row moves.</summary>
public abstract class DataViewRow : IDisposable
{
    private bool _disposed;
    public abstract long Position { get; }
    public abstract long Batch { get; }
    public abstract DataViewSchema Schema { get; }
    public abstract ValueGetter<DataViewRowId> GetIdGetter();
    public abstract bool IsColumnActive(DataViewSchema.Column column);
    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);

    public void Dispose()
    {
        if (_disposed)
            return;
        Dispose(true);
        _disposed = true;
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}

/// <summary>A row that steps through a data view.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    public abstract bool MoveNext();
}
