using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>
/// Reads CSV with a header. The delimiter of a .csv is the most frequent of comma, semicolon, tab and bar in the header. In a file with
/// tabs
/// a quote is an ordinary character, unless it encloses a whole field.
/// </summary>
internal static class CsvTable
{
    private static readonly char[] s_delimiters = [',', ';', '\t', '|'];

    /// <summary>Reads a table.</summary>
    /// <param name="text">The text, which is closed after the last row.</param>
    /// <param name="delimiter">The delimiter; null to find it.</param>
    /// <exception cref="InputException">It is empty, or two columns have the same name.</exception>
    public static Table Read(InputText text, char? delimiter)
    {
        string? header = text.ReadLine();
        while (header is not null && string.IsNullOrWhiteSpace(header))
            header = text.ReadLine();
        if (header is null)
            throw new InputException($"'{text.Name}' is empty; expected a line with the names of the columns, and rows.");
        char found = delimiter ?? s_delimiters.MaxBy(candidate => header.Count(character => character == candidate));
        string[] columns = ParseHeader(header, found, text.Name);
        return new Table(text.Name, columns, Rows(text, columns.Length, found));
    }

    private static string[] ParseHeader(string header, char delimiter, string name)
    {
        using var parser = new CsvParser(new StringReader(header), Configuration(delimiter));
        parser.Read();
        string[] columns = [.. (parser.Record ?? []).Select(column => Unquote(column, delimiter).Trim())];
        string? twice = columns.GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? columns : throw new InputException(
            $"'{name}' has two columns '{twice}'; expected a different name for each. Check that its first line holds the names.");
    }

    private static IEnumerable<string[]> Rows(InputText text, int columns, char delimiter)
    {
        using (text)
        {
            using var parser = new CsvParser(text, Configuration(delimiter));
            while (TryRead(parser, text.Name, delimiter) is string[] row)
            {
                if (row is [""])
                    continue;
                if (row.Length != columns)
                {
                    throw new InputException(
                        $"'{text.Name}' has {row.Length} fields in the row that ends at line {parser.RawRow + 1}; expected {columns}, as " +
                            "in its first line. Enclose in quotes a field that contains the delimiter.");
                }
                yield return delimiter == '\t' ? [.. row.Select(field => Unquote(field, delimiter))] : row;
            }
        }
    }

    /// <summary>The next row; null at the end.</summary>
    private static string[]? TryRead(CsvParser parser, string name, char delimiter)
    {
        try
        {
            if (!parser.Read())
                return null;
            if (delimiter != '\t' && parser.RawRecord.Count(character => character == '"') % 2 != 0)
            {
                throw new InputException(
                    $"'{name}' has a quote that is not closed in the row that ends at line {parser.RawRow + 1}. Close it, or double a " +
                        "quote that belongs to the text and enclose its field in quotes.");
            }
            return parser.Record; // whose fields are read here
        }
        catch (BadDataException exception)
        {
            throw new InputException(
                $"'{name}' has a quote inside a field without quotes, in the row that ends at line {parser.RawRow + 1}. Enclose the " +
                    "field in quotes, and double those inside it.", exception);
        }
    }

    private static string Unquote(string field, char delimiter) =>
        delimiter == '\t' && field.Length >= 2 && field[0] == '"' && field[^1] == '"' &&
        !field[1..^1].Replace("\"\"", "", StringComparison.Ordinal).Contains('"', StringComparison.Ordinal)
            ? field[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : field;

    private static CsvConfiguration Configuration(char delimiter) => new(CultureInfo.InvariantCulture)
    {
        Delimiter = delimiter.ToString(),
        Mode = delimiter == '\t' ? CsvMode.NoEscape : CsvMode.RFC4180,
        IgnoreBlankLines = true,
    };
}
