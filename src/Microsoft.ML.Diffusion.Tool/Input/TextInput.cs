using System.CommandLine;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>
/// The texts that a command is applied to: from its arguments, from a file, or from a pipe. A row has one field for each of the command's
/// parts (a text; or a question and a context), and the other columns of its file go along to the results.
/// </summary>
internal sealed class TextInput
{
    private readonly TextPart[] _parts;
    private readonly Option<string[]>[] _texts;
    private readonly Option<string?>?[] _files;
    private readonly Option<string?>[] _columns;
    private readonly Option<string?> _file;
    private readonly Option<string?> _kind = new("--input-kind")
    {
        HelpName = "csv|tsv|jsonl|text", Description = "The kind of --input, in place of its extension; for the standard input the " +
            "default is text.",
    };

    private readonly Terminal _terminal;

    /// <summary>Creates the options of a command.</summary>
    /// <param name="terminal">Whose standard input is read.</param>
    /// <param name="parts">The parts of a row; the first is required, and a text file holds it alone.</param>
    public TextInput(Terminal terminal, params TextPart[] parts)
    {
        (_terminal, _parts) = (terminal, parts);
        _texts = [.. parts.Select(part => new Option<string[]>(part.Option) { HelpName = "TEXT", Description = part.Description })];
        _files = [.. parts.Select(part => !part.MayBeFile ? null : new Option<string?>(part.FileOption)
        {
            HelpName = "FILE", Description = $"A file whose whole text is {part.Meaning}, instead of {part.Option}.",
        })];
        _columns = [.. parts.Select(part => new Option<string?>(part.ColumnOption)
        {
            HelpName = "COLUMN", Description = $"The column of --input with {part.Meaning}; the default is '{part.Name}'.",
        })];
        _kind.AcceptOnlyFromAmong("csv", "tsv", "jsonl", "text");
        _file = new Option<string?>("--input")
        {
            HelpName = "FILE",
            Description = "A file of rows: .csv, .tsv, .jsonl, or a text with one row in each line; - for the standard input, which is " +
                "also read, as lines, if nothing is given.",
        };
    }

    /// <summary>The options, for a command.</summary>
    public Option[] All => [.. _texts, .. _files.OfType<Option>(), _file, _kind, .. _columns];

    /// <summary>The rows, with their parts first: columns named for the parts that were given, and then the file's columns.</summary>
    /// <param name="result">The arguments.</param>
    /// <returns>The number of parts that are given, and the rows.</returns>
    /// <exception cref="InputException">Nothing was given, or not all that is needed.</exception>
    public InputRows Read(ParseResult result)
    {
        string[][] given = [.. Enumerable.Range(0, _parts.Length).Select(part => Given(result, part))];
        string? file = result.GetValue(_file);
        if (given.Any(texts => texts.Length > 0))
        {
            if (file is not null)
                throw new UsageException("There are texts in the arguments and there is --input; expected one of the two.");
            return FromArguments(given);
        }
        if (file is not null && file != "-")
            return FromTable(result, result.GetValue(_kind) is string kind ? TableFile.Open(file, $".{kind}") : OpenTable(file));
        if (_terminal.OpenInput is null)
        {
            throw new UsageException(
                $"There is no input. Give {_parts[0].Option} \"…\", or --input FILE, or pipe lines into the program.");
        }
        return FromTable(result, TableFile.Read(_terminal.OpenInput(), "the standard input", $".{result.GetValue(_kind) ?? "text"}"));
    }

    private string[] Given(ParseResult result, int part)
    {
        string[] texts = result.GetValue(_texts[part]) ?? [];
        if (_files[part] is not Option<string?> option || result.GetValue(option) is not string file)
            return texts;
        if (texts.Length > 0)
            throw new UsageException($"There are {_parts[part].Option} and {_parts[part].FileOption}; expected one of the two.");
        return [TableFile.ReadWhole(file)];
    }

    private static Table OpenTable(string file) => Path.GetExtension(file).ToLowerInvariant() switch
    {
        ".json" => SquadTable.Read(file),
        ".conll" or ".bio" or ".iob" or ".iob2" => ConllTable.Read(file),
        _ => TableFile.Open(file),
    };

    private InputRows FromArguments(string[][] given)
    {
        int parts = 0;
        while (parts < given.Length && given[parts].Length > 0)
            parts++;
        for (int i = parts; i < given.Length; i++)
        {
            if (given[i].Length > 0 || _parts[i].IsRequired)
                throw new UsageException($"{_parts[given[i].Length > 0 ? parts : i].Option} is missing; expected it too.");
        }
        // One context may serve many questions.
        int rows = given.Take(parts).Max(texts => texts.Length);
        for (int i = 0; i < parts; i++)
        {
            if (given[i].Length != rows && given[i].Length != 1)
            {
                throw new UsageException(
                    $"{_parts[i].Option} is given {given[i].Length} times, and another {rows} times; expected the same number, or one " +
                        "for all.");
            }
        }
        string[] names = [.. _parts.Take(parts).Select(part => part.Name)];
        return new InputRows(parts, new Table("the arguments", names,
            Enumerable.Range(0, rows).Select(row => given.Take(parts).Select(texts => texts[texts.Length == 1 ? 0 : row]).ToArray())));
    }

    private InputRows FromTable(ParseResult result, Table table)
    {
        var indices = new List<int>();
        for (int i = 0; i < _parts.Length; i++)
        {
            string? named = result.GetValue(_columns[i]);
            int index = named is not null ? table.Find(named) : FindUsual(table, _parts[i].Name);
            if (index < 0 && i == 0 && table.Columns.Count == 1)
                index = 0;
            if (index < 0 && _parts[i].IsRequired)
            {
                throw new InputException(
                    $"'{table.Name}' has no column '{_parts[i].Name}'; its columns are {TextForms.QuoteAll(table.Columns)}. " +
                    $"Name the one with {_parts[i].Meaning} with {_parts[i].ColumnOption}.");
            }
            if (index < 0)
                break;
            indices.Add(index);
        }
        string[] columns = [.. _parts.Take(indices.Count).Select(part => part.Name), .. table.Columns];
        return new InputRows(indices.Count, new Table(table.Name, columns,
            table.Rows.Select(row => (string[])[.. indices.Select(index => row[index]), .. row])));
    }

    private static int FindUsual(Table table, string name) =>
        table.Columns.ToList().FindIndex(column => column.Equals(name, StringComparison.OrdinalIgnoreCase));
}
