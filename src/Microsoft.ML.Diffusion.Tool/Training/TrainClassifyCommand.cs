using System.CommandLine;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Output;
using Microsoft.ML.Diffusion.Tool.Terminals;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary><c>train classify</c>: one class of several for each text or pair.</summary>
internal sealed class TrainClassifyCommand : LabeledTextCommand
{
    /// <summary>The column of keys, which no file has.</summary>
    private const string Key = "\u0001label";

    private readonly Option<bool> _balanced = new("--balanced")
    {
        Description = "Weights the classes so that rare ones count as much as frequent ones.",
    };

    private ValueToKeyMappingTransformer? _keys;

    public TrainClassifyCommand(Terminal terminal) : base(
        terminal, "classify", "Trains a model that chooses one class of several for a text, or for a pair of texts.",
        "train classify --data reviews.csv --label sentiment --text review --output sentiment.zip",
        "train classify --data pairs.tsv --label same --text first --text2 second --model DIR --output same.zip") =>
        CompleteColumns(_balanced);

    protected override void CheckLabels(ParseResult result, string path, IReadOnlyList<string> labels, bool isTraining)
    {
        if (!isTraining)
            return;
        var counts = labels.CountBy(label => label).ToDictionary();
        if (counts.Count == 1)
        {
            throw new InputException(
                $"'{path}' has only one label in '{Label(result)}', {TextForms.Quote(labels[0])}; expected at least two different ones. " +
                    "Check the column.");
        }
        string[] once = [.. counts.Where(count => count.Value == 1).Select(count => count.Key)];
        if (once.Length == counts.Count || counts.Count > Math.Max(20, labels.Count / 2))
        {
            throw new InputException(
                $"'{path}' has {counts.Count} different labels in {labels.Count} rows of '{Label(result)}'; expected several rows for " +
                "each label. For numbers, use train similarity. Otherwise check the column.");
        }
        if (once.Length > 0)
        {
            Terminal.Warn(
                $"{once.Length} of {counts.Count} labels have only one row, such as {TextForms.Quote(once[0])}: nothing can be learned " +
                    "of them. Add rows, or leave these out.");
        }
    }

    protected override IDataView ToView(MLContext mlContext, string[] columns, List<string[]> rows)
    {
        var view = TableView.OfTexts(columns, () => rows);
        _keys ??= mlContext.Transforms.Conversion.MapValueToKey(
            Key, columns[0], keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(view);
        return _keys.Transform(view);
    }

    protected override ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill)
    {
        var options = new BertTextClassificationEstimator.Options { LabelColumnName = Key, BalanceClasses = result.GetValue(_balanced) };
        Fill(result, options);
        fill(options);
        return new TaskTrainer<BertTextClassificationTransformer, TaskModel>(
            mlContext.MulticlassClassification.Trainers.BertTextClassification(options),
            InputSchema(result), output => mlContext.Transforms.Conversion.MapKeyToValue(options.OutputColumnName).Fit(output));
    }
}
