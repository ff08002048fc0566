using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary><c>train similarity</c>: a number for each text or pair.</summary>
internal sealed class TrainSimilarityCommand : LabeledTextCommand
{
    /// <summary>The column of numbers, which no file has.</summary>
    private const string Number = "\u0001label";

    public TrainSimilarityCommand(Terminal terminal) : base(
        terminal, "similarity", "Trains a model that gives a pair of texts, or a text, a number: a similarity, a rating.",
        "train similarity --data pairs.csv --label score --text first --text2 second --output similar.zip") => CompleteColumns();

    protected override void CheckLabels(ParseResult result, string path, IReadOnlyList<string> labels, bool isTraining)
    {
        int wrong = labels.ToList().FindIndex(label => !TryParse(label, out _));
        if (wrong >= 0)
        {
            throw new InputException(
                $"'{path}' has {TextForms.Quote(labels[wrong])} in '{Label(result)}' in labeled row {wrong + 1}; expected a number with " +
                    "a decimal point. For classes, use train classify.");
        }
    }

    protected override IDataView ToView(MLContext mlContext, string[] columns, List<string[]> rows) => new TableView(
        [TableColumn.Number(Number, 0), .. columns.Skip(1).Select((name, i) => TableColumn.Text(name, i + 1))], () => rows);

    protected override ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill)
    {
        var options = new BertSentenceSimilarityEstimator.Options { LabelColumnName = Number };
        Fill(result, options);
        fill(options);
        return new TaskTrainer<BertSentenceSimilarityTransformer, TaskModel>(
            mlContext.Regression.Trainers.BertSentenceSimilarity(options),
            InputSchema(result));
    }

    private static bool TryParse(string text, out float number) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && float.IsFinite(number);
}
