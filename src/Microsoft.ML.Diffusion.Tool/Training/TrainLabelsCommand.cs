using System.CommandLine;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tool.Input;
using Microsoft.ML.Diffusion.Tool.Terminals;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Diffusion.Tool.Training;

/// <summary><c>train labels</c>: any number of labels for each text or pair.</summary>
internal sealed class TrainLabelsCommand : LabeledTextCommand
{
    /// <summary>The column of keys, which no file has.</summary>
    private const string Labels = "\u0001labels";

    private readonly Option<string> _separator = new("--separator")
    {
        HelpName = "TEXT", Description = "What stands between the labels of a row.", DefaultValueFactory = _ => "|",
    };

    private string _between = "|";
    private ValueToKeyMappingTransformer? _keys;

    public TrainLabelsCommand(Terminal terminal) : base(
        terminal, "labels", "Trains a model that gives a text, or a pair of texts, any number of labels.",
        "train labels --data tickets.csv --label topics --text body --separator \";\" --output topics.zip") => CompleteColumns(_separator);

    /// <summary>No label is an answer too.</summary>
    protected override bool MayHaveNoLabel => true;

    protected override void CheckLabels(ParseResult result, string path, IReadOnlyList<string> labels, bool isTraining)
    {
        _between = result.GetValue(_separator)!;
        if (isTraining && _between.Length > 0 && !labels.Any(label => label.Contains(_between, StringComparison.Ordinal)))
        {
            Terminal.Warn(
                $"No row of '{path}' has several labels with '{_between}' between them. Give the separator with --separator, or use " +
                "train classify if each text has one label.");
        }
    }

    protected override IDataView ToView(MLContext mlContext, string[] columns, List<string[]> rows)
    {
        var view = new TableView(
            [TableColumn.Texts(Labels, 0, _between), .. columns.Skip(1).Select((name, i) => TableColumn.Text(name, i + 1))], () => rows);
        _keys ??= mlContext.Transforms.Conversion.MapValueToKey(
            Labels, keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue).Fit(view);
        return _keys.Transform(view);
    }

    protected override ITaskTrainer MakeTrainer(MLContext mlContext, ParseResult result, IDataView data, Action<TrainerOptions> fill)
    {
        var options = new BertMultiLabelClassificationEstimator.Options { LabelColumnName = Labels };
        Fill(result, options);
        fill(options);
        return new TaskTrainer<BertMultiLabelClassificationTransformer, TaskModel>(
            mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(options),
            InputSchema(result), output => mlContext.Transforms.Conversion.MapKeyToValue(options.OutputColumnName).Fit(output));
    }
}
