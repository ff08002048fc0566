using System.Collections.Concurrent;

namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>Rows to which a pipeline is applied, and the input of those that its cursor has read ahead.</summary>
/// <param name="View">The output.</param>
/// <param name="InFlight">The input rows that were read and whose output was not.</param>
internal sealed record AppliedRows(IDataView View, ConcurrentQueue<string[]> InFlight)
{
    /// <summary>Reads the output, row by row, together with the input.</summary>
    /// <param name="columns">The columns to compute.</param>
    /// <param name="makeReader">Makes the reader of a row of output.</param>
    public IEnumerable<(string[] Input, T Output)> Read<T>(
        IReadOnlyList<DataViewSchema.Column> columns, Func<DataViewRow, Func<T>> makeReader)
    {
        using DataViewRowCursor cursor = View.GetRowCursor(columns);
        Func<T> read = makeReader(cursor);
        while (cursor.MoveNext())
        {
            T output = read();
            InFlight.TryDequeue(out string[]? input);
            yield return (input!, output);
        }
    }
}
