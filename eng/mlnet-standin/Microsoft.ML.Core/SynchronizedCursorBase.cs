using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A cursor that steps exactly as its input does.</summary>
internal abstract class SynchronizedCursorBase : DataViewRowCursor
{
    protected readonly IChannel Ch;

    protected SynchronizedCursorBase(IChannelProvider provider, DataViewRowCursor input)
    {
        Contracts.CheckValue(input, nameof(input));
        Ch = provider.Start("Cursor");
        Input = input;
    }

    public sealed override long Position => Input.Position;
    public sealed override long Batch => Input.Batch;
    protected DataViewRowCursor Input { get; }
    public sealed override bool MoveNext() => Input.MoveNext();
    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Input.Dispose();
            Ch.Dispose();
        }
        base.Dispose(disposing);
    }
}

/// <summary>A row that follows another.</summary>
internal abstract class WrappingRow : DataViewRow
{
    private protected WrappingRow(DataViewRow input) => Input = input;
    public override long Position => Input.Position;
    public override long Batch => Input.Batch;
    protected DataViewRow Input { get; }
    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected sealed override void Dispose(bool disposing)
    {
        DisposeCore(disposing);
        if (disposing)
            Input.Dispose();
    }

    protected virtual void DisposeCore(bool disposing)
    {
    }
}
