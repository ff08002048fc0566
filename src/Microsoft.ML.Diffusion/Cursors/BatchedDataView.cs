using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Cursors;

/// <summary>A data view with added columns, whose cursors compute several rows together.</summary>
/// <remarks>
/// The view is a transform that reports whether it can be converted to ONNX. ML.NET's converter walks back from the last view to the
/// data and asks each transform; it would take any other view for the data and write a graph that computes nothing.
/// </remarks>
/// <param name="host">The transformer's host.</param>
/// <param name="source">The source of the added columns.</param>
/// <param name="input">The data.</param>
/// <param name="rowByRow">The same view, computed row by row as columns are requested.</param>
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
            ? [.. input.GetRowCursorSet(inputColumns, n, rand)
                .Select(cursor => new BatchedCursor(host, source, cursor, _bindings, needed, input.GetRowCount()))]
            : rowByRow.GetRowCursorSet(needed, n, rand);
    }

    /// <exception cref="NotSupportedException">No ONNX graph computes the columns, or those of a transform before them.</exception>
    public bool CanSaveOnnx(OnnxContext ctx)
    {
        if ((source.FindOnnxProblem() ?? FindProblemBefore(ctx)) is not string problem)
            return true;
        throw host.ExceptNotSupp(
            $"{Names(source.OutputColumns.Select(column => column.Name))} cannot be converted to ONNX, nor can a pipeline with them: "
            + $"{problem} A pipeline with all its transformers is saved with mlContext.Model.Save. Other transformers can be converted"
            + " alone: for those that come after these columns, use mlContext.Data.Cache of the view that has the columns as the input.");
    }

    public void SaveAsOnnx(OnnxContext ctx) => source.SaveAsOnnx(ctx, input.Schema);

    public void Save(ModelSaveContext ctx) =>
        throw host.ExceptNotSupp("A view is not saved; save the transformer that made it with mlContext.Model.Save.");

    /// <summary>
    /// The reason why the graph would not have the input's columns. The converter stops at a transform that it cannot convert, and takes
    /// the columns of the data for those of the same names that the transform made.
    /// </summary>
    private string? FindProblemBefore(OnnxContext ctx)
    {
        for (var before = input as IDataTransform; before is not null; before = before.Source as IDataTransform)
        {
            if (before is ITransformCanSaveOnnx transform && transform.CanSaveOnnx(ctx))
                continue;
            return $"a transform before them, which makes {Names(Added(before))}"
                + ", cannot be converted. Convert those after it alone: use mlContext.Data.Cache of the view that it makes as the input.";
        }
        return null;
    }

    /// <summary>The columns that a transform adds; one that replaces another of the same name has it twice, once hidden.</summary>
    private static IEnumerable<string> Added(IDataTransform transform) => transform.Schema.GroupBy(column => column.Name)
        .Where(named => named.Count() > transform.Source.Schema.Count(column => column.Name == named.Key)).Select(named => named.Key);

    private static string Names(IEnumerable<string> columns) => string.Join(", ", columns.Select(name => $"'{name}'"));

    /// <summary>
    /// Whether an added column is requested and every other requested column can be read ahead. An image cannot: it belongs to the row on
    /// which it is read.
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
        return _bindings.AddedColumnIndices.Any(index => active[index]) &&
            inputColumns.TrueForAll(column => ColumnBuffer.Takes(column.Type));
    }
}
