using System.CommandLine;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary><c>train write</c>: texts, or texts after prompts.</summary>
internal sealed class TrainWriteCommand : TrainTaskCommand
{
    private const string Text = "Text", Prompt = "Prompt";

    private readonly Option<string> _text = new("--text")
    {
        HelpName = "COLUMN", Description = "The column with the texts.", DefaultValueFactory = _ => "text",
    };

    private readonly Option<string?> _prompt = new("--prompt")
    {
        HelpName = "COLUMN", Description = "The column with their prompts. Without it, the model learns to write freely.",
    };

    private readonly Option<int> _tokens = new("--tokens")
    {
        HelpName = "N", Description = "The number of tokens that the saved pipeline writes.", DefaultValueFactory = _ => 64,
    };

    public TrainWriteCommand(Terminal terminal) : base(
        terminal, "write", "Trains a model to write, at every mask rate.",
        "The texts: a text file, whose paragraphs are separated by empty lines, or .csv, .tsv or .jsonl with named columns.",
        "train write --data stories.txt --output stories.zip",
        "train write --data answers.csv --prompt question --text answer --epochs 5 --output answers.zip") =>
        Complete(_text, _prompt, _tokens);

    protected override IDataView Read(MLContext mlContext, ParseResult result, string path, bool isTraining)
    {
        if (!TableFile.NamedColumnExtensions.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            string[][] paragraphs = [.. TextParagraphs.Read(path).Select(paragraph => (string[])[paragraph, ""])];
            if (paragraphs.Length == 0)
                throw new InputException($"'{path}' is empty; expected texts, separated by empty lines.");
            return TableView.OfTexts([Text, Prompt], () => paragraphs);
        }
        Table table = TableFile.Open(path);
        int text = table.Find(result.GetValue(_text)!);
        int? prompt = result.GetValue(_prompt) is string column ? table.Find(column) : null;
        string[][] rows = [.. table.Rows.Select(row => (string[])[row[text], prompt is int index ? row[index] : ""])];
        if (rows.Length == 0)
            throw new InputException($"'{path}' has the names of columns and no rows; expected texts.");
        return TableView.OfTexts([Text, Prompt], () => rows);
    }

    protected override ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill)
    {
        var options = new MaskedDiffusionEstimator.Options
        {
            OutputColumnName = "Written", PromptColumnName = Prompt, TextColumnName = Text,
        };
        options.Generation.MaxNewTokens = result.GetValue(_tokens);
        options.Generation.Steps = result.GetValue(_tokens);
        fill(options);
        return new TaskTrainer<DiffusionGenerateTransformer, MaskedLanguageModel>(
            mlContext.Transforms.Text.MaskedDiffusion(options),
            TableView.Empty(Prompt).Schema);
    }
}
