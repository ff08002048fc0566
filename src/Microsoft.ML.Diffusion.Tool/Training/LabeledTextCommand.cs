using System.CommandLine;
using Microsoft.ML.Diffusion.Tool.CommandLine;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary>A command that trains on texts, or pairs of texts, with labels.</summary>
internal abstract class LabeledTextCommand : TrainTaskCommand
{
    private readonly Option<string> _label = new("--label")
    {
        HelpName = "COLUMN", Description = "The column with the labels.", DefaultValueFactory = _ => "label",
    };

    private readonly Option<string> _text = new("--text")
    {
        HelpName = "COLUMN", Description = "The column with the texts.", DefaultValueFactory = _ => "text",
    };

    private readonly Option<string?> _text2 = new("--text2")
    {
        HelpName = "COLUMN", Description = "The column with the second texts, for pairs.",
    };

    private readonly Option<int> _maxLength = new("--max-length")
    {
        HelpName = "N", Description = "The maximum number of tokens of a text or pair; a longer one is cut. 0 for the model's maximum.",
    };

    /// <inheritdoc cref="TrainTaskCommand(Terminal, string, string, string, string[])"/>
    protected LabeledTextCommand(Terminal terminal, string name, string description, params string[] examples)
        : base(terminal, name, description, "The examples: .csv, .tsv or .jsonl, with named columns.", examples)
    {
    }

    /// <summary>Adds the options, the task's own ones after those of the columns.</summary>
    protected void CompleteColumns(params Option[] own) => Complete([_label, _text, _text2, .. own, _maxLength]);

    /// <summary>The column with the labels.</summary>
    protected string Label(ParseResult result) => result.GetValue(_label)!;

    /// <summary>Sets the columns and the maximum length.</summary>
    protected void Fill(ParseResult result, BertSequenceOptions options)
    {
        options.Sentence1ColumnName = result.GetValue(_text)!;
        options.Sentence2ColumnName = result.GetValue(_text2);
        options.MaxLength = result.GetValue(_maxLength);
    }

    /// <summary>The schema of rows without labels.</summary>
    protected DataViewSchema InputSchema(ParseResult result) => TableView.Empty(Texts(result)).Schema;

    protected override IDataView Read(MLContext mlContext, ParseResult result, string path, bool isTraining)
    {
        Table table = TableFile.Open(path);
        if (!TableFile.NamedColumnExtensions.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            throw new InputException(
                $"'{path}' has no named columns, which its extension would say; expected " +
                    $"{string.Join(", ", TableFile.NamedColumnExtensions)}. " +
                "Rename the file, or write its rows as CSV.");
        }
        string[] columns = [Label(result), .. Texts(result)];
        if (columns.Distinct(StringComparer.Ordinal).Count() < columns.Length)
            throw new UsageException(
                $"--label, --text and --text2 name {string.Join(", ", columns.Select(TextForms.Quote))}; expected different columns.");
        List<string[]> rows = table.Read([.. columns.Select(table.Find)]);
        if (rows.Count == 0)
            throw new InputException($"'{path}' has the names of columns and no rows; expected examples.");
        foreach (string[] row in rows)
            row[0] = row[0].Trim(); // a space beside a label is not another class
        int unlabeled = MayHaveNoLabel ? 0 : rows.RemoveAll(row => string.IsNullOrWhiteSpace(row[0]));
        if (unlabeled > 0)
            Terminal.Warn($"'{path}' has {unlabeled} rows without a label, which are left out.");
        if (rows.Count == 0)
            throw new InputException($"'{path}' has no row with a label in '{columns[0]}'; expected some. Check the column.");
        CheckLabels(result, path, [.. rows.Select(row => row[0])], isTraining);
        return ToView(mlContext, columns, rows);
    }

    /// <summary>Whether a row without a label is an example.</summary>
    protected virtual bool MayHaveNoLabel => false;

    /// <summary>Fails, or warns, if the labels are not what the task needs.</summary>
    protected abstract void CheckLabels(ParseResult result, string path, IReadOnlyList<string> labels, bool isTraining);

    /// <summary>The rows with a label of the type that the trainer takes.</summary>
    protected abstract IDataView ToView(MLContext mlContext, string[] columns, List<string[]> rows);

    private string[] Texts(ParseResult result) =>
        result.GetValue(_text2) is string second ? [result.GetValue(_text)!, second] : [result.GetValue(_text)!];
}
