using System.CommandLine;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>The options for results: their form, and the file that they are written to.</summary>
internal sealed class ResultOptions
{
    private readonly Option<bool> _json = new("--json") { Description = "Writes JSON Lines, an object for each row." };
    private readonly Option<bool> _csv = new("--csv") { Description = "Writes CSV." };

    private readonly Option<string?> _output = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "The file for the results; .jsonl and .csv choose the form. It appears when it is complete. The default is the " +
            "standard output.",
    };

    private readonly Terminal _terminal;

    public ResultOptions(Terminal terminal) => _terminal = terminal;

    /// <summary>The options, for a command.</summary>
    public Option[] All => [_json, _csv, _output];

    /// <summary>Writes results as they come.</summary>
    /// <param name="result">The arguments.</param>
    /// <param name="input">The path of the input, if it is a file.</param>
    /// <param name="results">The results, which are computed as they are written.</param>
    /// <param name="cancellationToken">Checked before each result.</param>
    public void Write(ParseResult result, string input, IEnumerable<Result> results, CancellationToken cancellationToken)
    {
        string? path = result.GetValue(_output);
        string extension = Path.GetExtension(path ?? "").ToLowerInvariant();
        if (path is not null && File.Exists(input) && Path.GetFullPath(input) == Path.GetFullPath(path))
            throw new UsageException($"'{path}' is both --input and --output; expected another name for the results.");
        bool json = result.GetValue(_json), csv = result.GetValue(_csv);
        if (json && csv)
            throw new UsageException("There are --json and --csv; expected one of the two.");
        if (extension is ".xlsx" or ".xls" or ".parquet" or ".zip" || json && extension == ".csv" ||
            csv && extension is ".jsonl" or ".ndjson")
        {
            throw new UsageException(
                $"'{path}' has the extension of another kind of file; expected .jsonl, .csv, or one for text. Choose another name.");
        }
        if (!json && !csv)
            (json, csv) = (extension is ".jsonl" or ".ndjson" or ".json", extension == ".csv");
        if (path is null)
        {
            Write(_terminal.Output);
            return;
        }
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            Write(writer);
        }, cancellationToken);

        void Write(TextWriter output)
        {
            using IResultWriter writer = json ? new JsonLinesWriter(output)
                : csv ? new CsvResultWriter(output) : new TextResultWriter(output);
            var progress = new ProgressLines("rows", _terminal.Error, TimeProvider.System);
            long count = 0;
            foreach (Result item in results)
            {
                cancellationToken.ThrowIfCancellationRequested();
                writer.Write(item);
                output.Flush(); // for a reader that waits for each row, and to notice one that has gone
                count++;
                if (path is not null || !_terminal.IsOutputTerminal)
                    progress.Report($"{count} done");
            }
        }
    }
}
