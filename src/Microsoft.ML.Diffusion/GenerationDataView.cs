using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// A data view with the column of texts. Its cursor reads prompts ahead and writes them in batches. Rows keep their order, so it
/// does not shuffle; shuffle the input instead.
/// </summary>
internal sealed class GenerationDataView(IHost host, DiffusionGenerateTransformer transformer, IDataView input, IDataView rowByRow) : IDataView
{
    private readonly ColumnBindings _bindings = new(
        input.Schema, [new DataViewSchema.DetachedColumn(transformer.OutputColumnName, TextColumns.OutputType(transformer.Settings.Samples))]);

    public DataViewSchema Schema => _bindings.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        host.CheckValue(columnsNeeded, nameof(columnsNeeded));
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        // Where the output column is not asked for, nothing is written.
        return needed.Any(column => column.Index == _bindings.AddedColumnIndices[0])
            ? new GenerationCursor(host, transformer, input, _bindings, needed)
            : rowByRow.GetRowCursor(needed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
