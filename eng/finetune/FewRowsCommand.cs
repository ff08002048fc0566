using System.CommandLine;
using System.Globalization;
using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.FineTune;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>few</c>: classifiers that train on a few hundred rows, drawn several times: bags of words, three epochs of a model, and the trainer's
/// defaults.
/// </summary>
internal static class FewRowsCommand
{
    public static Command Create()
    {
        var command = new Command("few",
            "Trains on a few rows, drawn anew for each seed: bags of words, three epochs, and the trainer's defaults or given options. " +
            "Prints the accuracy: its mean and standard deviation over the draws.");
        var arguments = new TrainingArguments(command);
        var sets = new Option<string>("--sets") { Description = "The data sets.", DefaultValueFactory = _ => "sst2,trec,agnews" };
        var rows = new Option<string>("--rows") { Description = "The numbers of training rows.", DefaultValueFactory = _ => "300" };
        var most = new Option<int>("--measured")
        {
            Description = "The maximum number of rows to measure on: SST-2's dev set, or rows that are held out.",
            DefaultValueFactory = _ => 1000
        };
        foreach (Option option in (Option[])[sets, rows, most])
            command.Options.Add(option);
        command.SetAction(result =>
        {
            Console.WriteLine("| set | rows | bag of words | FeaturizeText, SDCA | 3 epochs | defaults, or the given options |");
            Console.WriteLine("|---|---|---|---|---|---|");
            foreach (string name in Parts(result.GetValue(sets)!))
            {
                TextSet set = TextSet.Named(name);
                (LabeledText[] learned, LabeledText[] held) = set.Read(path => arguments.File(result, path));
                LabeledText[] measured = held[..Math.Min(result.GetValue(most), held.Length)];
                if (set == TextSet.Sst2)
                {
                    foreach (LabeledText text in learned.Concat(measured))
                        text.Sentence1 = TreebankText.Join(text.Sentence1);
                }
                foreach (int count in Parts(result.GetValue(rows)!).Select(part => int.Parse(part, CultureInfo.InvariantCulture)))
                {
                    double[][] draws =
                    [
                        .. arguments.Seeds(result).Select(seed => Measure(
                            new MLContext(seed), Draw(learned, count, seed), measured, Given(result, arguments, seed, epochs: 3),
                            Given(result, arguments, seed))),
                    ];
                    IEnumerable<string> cells = draws[0].Select((_, i) => Show([.. draws.Select(draw => draw[i])]));
                    Console.WriteLine($"| {name} | {count} | {string.Join(" | ", cells)} |");
                }
            }
        });
        return command;
    }

    private static BertTextClassificationEstimator.Options Given(ParseResult result, TrainingArguments arguments, int seed,
        double? epochs = null)
    {
        var options = new BertTextClassificationEstimator.Options { Seed = seed };
        arguments.Apply(result, options);
        options.Epochs = epochs ?? options.Epochs;
        return options;
    }

    /// <summary>The accuracy of each classifier.</summary>
    private static double[] Measure(MLContext mlContext, LabeledText[] learned, LabeledText[] measured,
        params BertTextClassificationEstimator.Options[] settings)
    {
        var bag = new BagOfWords(learned, bigrams: false);
        var trainers = mlContext.MulticlassClassification.Trainers;
        var sdca = new Trainers.SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 };
        return
        [
            measured.Average(text => bag.Predict(text) == text.Category ? 1.0 : 0),
            Accuracy(mlContext.Transforms.Text.FeaturizeText("Features", nameof(LabeledText.Sentence1))
                .Append(trainers.SdcaMaximumEntropy(sdca))),
            .. settings.Select(options => Accuracy(trainers.BertTextClassification(options))),
        ];

        double Accuracy(IEstimator<ITransformer> trainer)
        {
            using TransformerChain<ITransformer> model = mlContext.Transforms.Conversion
                .MapValueToKey("Label", nameof(LabeledText.Category)).Append(trainer).Fit(mlContext.Data.LoadFromEnumerable(learned));
            IDataView scored = model.Transform(mlContext.Data.LoadFromEnumerable(measured));
            return mlContext.MulticlassClassification.Evaluate(scored).MicroAccuracy;
        }
    }

    private static LabeledText[] Draw(LabeledText[] rows, int count, int seed)
    {
        LabeledText[] shuffled = [.. rows];
        new Random(seed).Shuffle(shuffled);
        return shuffled[..Math.Min(count, shuffled.Length)];
    }

    private static string Show(double[] values)
    {
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / Math.Max(1, values.Length - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{100 * mean:F1} ({100 * deviation:F1})");
    }

    private static string[] Parts(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
