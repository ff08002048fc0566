using Microsoft.ML.Diffusion.Tool.Output;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>Rows of input.</summary>
/// <param name="Parts">The number of leading columns that are the command's parts; the others are those of the file.</param>
/// <param name="Table">The rows.</param>
internal sealed record InputRows(int Parts, Table Table)
{
    /// <summary>The fields of a row that go along to its result: those of the file, or of texts from the arguments those
    /// themselves.</summary>
    public IEnumerable<Field> Fields(string[] row)
    {
        int first = row.Length > Parts ? Parts : 0;
        return Enumerable.Range(first, row.Length - first).Select(i => new Field(Table.Columns[i], row[i]));
    }

    /// <summary>The parts of a row in one line.</summary>
    public string OneLine(string[] row) => string.Join('\t', row.Take(Parts).Select(TextForms.OneLine));
}
