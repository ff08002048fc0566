namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>Opens a file of rows by its kind: CSV, TSV, JSON Lines, or a text with one row in each line.</summary>
internal static class TableFile
{
    /// <summary>The column of a text file.</summary>
    public const string TextColumn = "text";

    /// <summary>The extensions of the kinds that have named columns.</summary>
    public static IReadOnlyList<string> NamedColumnExtensions { get; } = [".csv", ".tsv", ".tab", ".jsonl", ".ndjson"];

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="extension">The extension that names its kind; null for the file's own. An unknown one is a text.</param>
    /// <exception cref="InputException">It cannot be read, or is empty.</exception>
    public static Table Open(string path, string? extension = null) =>
        Read(OpenStream(path), path, extension ?? Path.GetExtension(path));

    /// <summary>The whole text of a file.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static string ReadWhole(string path)
    {
        using InputText text = OpenText(path);
        return text.ReadToEnd();
    }

    /// <summary>Opens the text of a file.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static InputText OpenText(string path) => new(OpenStream(path), path);

    /// <summary>Reads a stream of a kind of file.</summary>
    /// <param name="stream">The stream, which is closed after the last row.</param>
    /// <param name="name">Its name in errors.</param>
    /// <param name="extension">The extension that names the kind.</param>
    public static Table Read(Stream stream, string name, string extension)
    {
        var text = new InputText(stream, name);
        return extension.ToLowerInvariant() switch
        {
            ".csv" => CsvTable.Read(text, delimiter: null),
            ".tsv" or ".tab" => CsvTable.Read(text, delimiter: '\t'),
            ".jsonl" or ".ndjson" => JsonLinesTable.Read(text),
            ".json" => throw new InputException(
                $"'{name}' is JSON; expected CSV, TSV, JSON Lines (.jsonl, one object in each line) or plain text."),
            ".xlsx" or ".xls" or ".parquet" or ".zip" or ".gz" => throw new InputException(
                $"'{name}' is not a text file; expected CSV, TSV, JSON Lines or plain text. Write its rows as CSV first."),
            _ => new Table(name, [TextColumn], Lines(text)),
        };
    }

    private static FileStream OpenStream(string path)
    {
        if (Directory.Exists(path))
            throw new InputException($"'{path}' is a directory; expected a file.");
        if (!File.Exists(path))
            throw new InputException($"There is no file '{path}'. Check the path.");
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    private static IEnumerable<string[]> Lines(InputText text)
    {
        using (text)
        {
            while (text.ReadLine() is string line)
            {
                yield return [line]; // an empty one too, so that results are line by line
            }
        }
    }
}
