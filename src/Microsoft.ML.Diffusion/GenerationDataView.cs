using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// A data view with the column of texts. Its cursor reads prompts ahead and writes them in batches. Rows keep their order, so it
/// does not shuffle; shuffle the input instead.
/// </summary>
internal sealed class GenerationDataView(IHost host, DiffusionGenerateTransformer transformer, IDataView input, IDataView rowByRow) : IDataView
{
    public DataViewSchema Schema => rowByRow.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        host.CheckValue(columnsNeeded, nameof(columnsNeeded));
        DataViewSchema.Column output = Schema[transformer.OutputColumnName];
        // The input's columns come first, under the same indices; what is added is the output column alone.
        List<DataViewSchema.Column> needed = [.. columnsNeeded];
        List<DataViewSchema.Column> passed = [.. needed.Where(column => column.Index != output.Index).Select(column => input.Schema[column.Index])];
        if (passed.Count == needed.Count)
            return rowByRow.GetRowCursor(needed);
        return new GenerationCursor(host, transformer, input, Schema, output, passed);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
