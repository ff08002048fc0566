using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>A data view with the column of texts, whose cursors write the texts of several rows together.</summary>
/// <param name="host">The transformer's.</param>
/// <param name="transformer">Writes the texts.</param>
/// <param name="input">The data.</param>
/// <param name="rowByRow">The same view, written row by row as columns are asked for.</param>
internal sealed class GenerationDataView(IHost host, DiffusionGenerateTransformer transformer, IDataView input, IDataView rowByRow) : IDataView
{
    private readonly ColumnBindings _bindings = new(
        input.Schema, [new DataViewSchema.DetachedColumn(transformer.OutputColumnName, TextColumns.OutputType(transformer.Settings.Samples))]);

    public DataViewSchema Schema => _bindings.Schema;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        host.CheckValue(columnsNeeded, nameof(columnsNeeded));
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        return WritesInBatches(needed, out List<DataViewSchema.Column> inputColumns)
            ? new GenerationCursor(host, transformer, input.GetRowCursor(inputColumns, rand), _bindings, needed, input.GetRowCount())
            : rowByRow.GetRowCursor(needed, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        host.CheckValue(columnsNeeded, nameof(columnsNeeded));
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        return WritesInBatches(needed, out List<DataViewSchema.Column> inputColumns)
            ? [.. input.GetRowCursorSet(inputColumns, n, rand).Select(cursor => new GenerationCursor(host, transformer, cursor, _bindings, needed, input.GetRowCount()))]
            : rowByRow.GetRowCursorSet(needed, n, rand);
    }

    /// <summary>
    /// Whether the texts are asked for, and every column with them may be read ahead: an image, which belongs to the row that it is
    /// read on, may not.
    /// </summary>
    private bool WritesInBatches(List<DataViewSchema.Column> needed, out List<DataViewSchema.Column> inputColumns)
    {
        var active = new bool[Schema.Count];
        foreach (DataViewSchema.Column column in needed)
            active[column.Index] = true;
        bool[] activeInput = _bindings.GetActiveInput(index => active[index]);
        activeInput[TextColumns.Find(host, input.Schema, transformer.InputColumnName, "input").Index] = true;
        inputColumns = [.. input.Schema.Where(column => activeInput[column.Index])];
        return active[_bindings.AddedColumnIndices[0]] && inputColumns.TrueForAll(column => ColumnBuffer.Takes(column.Type));
    }
}
