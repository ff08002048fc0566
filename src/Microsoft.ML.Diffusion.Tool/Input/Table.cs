using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>Rows of named columns of text, read once, as they are needed.</summary>
/// <param name="Name">The name of the file, for errors.</param>
/// <param name="Columns">The names of the columns.</param>
/// <param name="Rows">The rows: a value for each column.</param>
internal sealed record Table(string Name, IReadOnlyList<string> Columns, IEnumerable<string[]> Rows)
{
    /// <summary>The index of a column.</summary>
    /// <exception cref="InputException">There is no such column.</exception>
    public int Find(string column)
    {
        int index = Columns.ToList().IndexOf(column);
        if (index >= 0)
            return index;
        string[] similar = [.. Columns.Where(name => name.Trim().Equals(column.Trim(), StringComparison.OrdinalIgnoreCase))];
        throw new InputException(
            $"'{Name}' has no column '{column}'; its columns are {TextForms.QuoteAll(Columns)}." +
            (similar.Length > 0 ? $" Give '{similar[0]}' instead." : " Give one of these; the first line must hold the names."));
    }

    /// <summary>All rows of some columns, in this order.</summary>
    public List<string[]> Read(params IReadOnlyList<int> columns) =>
        [.. Rows.Select(row => columns.Select(column => row[column]).ToArray())];
}
