using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>A data view with added columns, whose cursors compute several rows together.</summary>
/// <param name="host">The transformer's.</param>
/// <param name="source">Adds the columns.</param>
/// <param name="input">The data.</param>
/// <param name="rowByRow">The same view, computed row by row as columns are asked for.</param>
internal sealed class BatchedDataView(IHost host, IRowBatchSource source, IDataView input, IDataView rowByRow) : IDataView
{
    private readonly ColumnBindings _bindings = new(input.Schema, source.OutputColumns);

    public DataViewSchema Schema => _bindings.Schema;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        host.CheckValue(columnsNeeded, nameof(columnsNeeded));
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        return ComputesInBatches(needed, out List<DataViewSchema.Column> inputColumns)
            ? new BatchedCursor(host, source, input.GetRowCursor(inputColumns, rand), _bindings, needed, input.GetRowCount())
            : rowByRow.GetRowCursor(needed, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        host.CheckValue(columnsNeeded, nameof(columnsNeeded));
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        return ComputesInBatches(needed, out List<DataViewSchema.Column> inputColumns)
            ? [.. input.GetRowCursorSet(inputColumns, n, rand).Select(cursor => new BatchedCursor(host, source, cursor, _bindings, needed, input.GetRowCount()))]
            : rowByRow.GetRowCursorSet(needed, n, rand);
    }

    /// <summary>
    /// Whether an added column is asked for, and every other column with them may be read ahead: an image, which belongs to the row that it is
    /// read on, may not.
    /// </summary>
    private bool ComputesInBatches(List<DataViewSchema.Column> needed, out List<DataViewSchema.Column> inputColumns)
    {
        var active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in needed)
            active[column.Index] = true;
        bool[] activeInput = _bindings.GetActiveInput(index => active[index]);
        foreach (DataViewSchema.Column column in source.FindInputs(input.Schema))
            activeInput[column.Index] = true;
        inputColumns = [.. input.Schema.Where(column => activeInput[column.Index])];
        return _bindings.AddedColumnIndices.Any(index => active[index]) && inputColumns.TrueForAll(column => ColumnBuffer.Takes(column.Type));
    }
}
