using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>A data view with added columns, whose cursors compute several rows together.</summary>
/// <remarks>
/// It is a transform that says whether it can be converted to ONNX, so that ML.NET's converter, which walks back from the last view to
/// the data, asks it; any other view the converter takes for the data, and would write a graph that computes nothing.
/// </remarks>
/// <param name="host">The transformer's.</param>
/// <param name="source">Adds the columns.</param>
/// <param name="input">The data.</param>
/// <param name="rowByRow">The same view, computed row by row as columns are asked for.</param>
internal sealed class BatchedDataView(IHost host, IRowBatchSource source, IDataView input, IDataView rowByRow) : ITransformCanSaveOnnx
{
    private readonly ColumnBindings _bindings = new(input.Schema, source.OutputColumns);

    public IDataView Source => input;

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

    /// <exception cref="NotSupportedException">Always: no ONNX graph computes the columns yet.</exception>
    public bool CanSaveOnnx(OnnxContext ctx) => throw host.ExceptNotSupp(
        $"{string.Join(", ", source.OutputColumns.Select(column => $"'{column.Name}'"))} cannot be converted to ONNX,"
        + " nor can a pipeline with them; save it with mlContext.Model.Save. Other transformers can be converted by themselves: for those behind these columns,"
        + " mlContext.Data.Cache of the view that has the columns is the input.");

    public void SaveAsOnnx(OnnxContext ctx) => CanSaveOnnx(ctx);

    public void Save(ModelSaveContext ctx) => throw host.ExceptNotSupp("A view is not saved; save the transformer that made it with mlContext.Model.Save.");

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
