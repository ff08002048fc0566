using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;
using ConfusionMatrix = Microsoft.ML.Diffusion.Tasks.Metrics.ConfusionMatrix;

namespace Microsoft.ML.Diffusion.FineTune;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>Fine-tunes <c>BertTextClassification</c> on a set, a run for each seed, and compares it with the bag of words.</summary>
internal static class ClassificationCommand
{
    public static Command Create(TextSet set, string description)
    {
        var command = new Command(set.Name, description);
        var arguments = new TrainingArguments(command);
        var smoothing = new Option<double?>("--label-smoothing") { Description = "Label smoothing." };
        var first = new Option<bool>("--first-token") { Description =
            "Uses the first token to represent the text; otherwise the mean of all." };
        var asIs = new Option<bool>("--as-is") { Description =
            "Keeps SST-2's tokens separate (\"do n't\"); otherwise they are joined into ordinary text." };
        var limit = new Option<int>("--limit") { Description = "The number of training rows, from the first on; 0 for all." };
        foreach (Option option in (Option[])[smoothing, first, asIs, limit])
            command.Options.Add(option);
        command.SetAction(result =>
        {
            (LabeledText[] learned, LabeledText[] measured) = set.Read(path => arguments.File(result, path));
            if (result.GetValue(limit) is > 0 and int most)
                learned = learned[..Math.Min(most, learned.Length)];
            var bag = new BagOfWords(learned, bigrams: true);
            string[] bagged = [.. measured.Select(bag.Predict)];
            Console.WriteLine(
                $"{set.Name}: {learned.Length} to learn from, {measured.Length} to measure on; bag of words and pairs: " +
                $"{Show(Count(set, measured, bagged))}");
            if (set == TextSet.Sst2 && !result.GetValue(asIs))
            {
                foreach (LabeledText text in learned.Concat(measured))
                    text.Sentence1 = TreebankText.Join(text.Sentence1);
            }
            var right = new double[measured.Length];
            int[] seeds = arguments.Seeds(result);
            SeedRuns.Write(seeds, seed =>
            {
                BertTextClassificationEstimator.Options options = Defaults(seed);
                arguments.Apply(result, options);
                options.LabelSmoothing = result.GetValue(smoothing) ?? options.LabelSmoothing;
                options.Pooling = result.GetValue(first) ? TextPooling.First : TextPooling.Mean;
                string[] predicted = Run(arguments.Context(result, seed), set, options, learned, measured);
                for (int i = 0; i < right.Length; i++)
                    right[i] += predicted[i] == measured[i].Category ? 1.0 / seeds.Length : 0;
                ConfusionMatrix counts = Count(set, measured, predicted);
                return new Dictionary<string, double> { ["accuracy"] = 100 * counts.Accuracy, [F1Name(set)] = 100 * F1(set, counts),
                    ["Matthews"] = 100 * counts.MatthewsCorrelation };
            });
            (double mean, double low, double high) =
                PairedBootstrap.Interval(right, [.. measured.Zip(bagged, (text, guess) => text.Category == guess ? 1.0 : 0)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"accuracy, mean of the seeds, less the bag's: {100 * mean:+0.00;-0.00} points, 95 % paired bootstrap interval " +
                $"{100 * low:+0.00;-0.00} to {100 * high:+0.00;-0.00}"));
        });
        return command;
    }

    /// <summary>Counts the predictions; F1 is that of class 1.</summary>
    public static ConfusionMatrix Count(TextSet set, IReadOnlyList<LabeledText> measured, IEnumerable<string> predicted)
    {
        string[] classes = [.. measured.Select(text => text.Category).Distinct().Order(StringComparer.Ordinal)];
        Debug.Assert(set != TextSet.Sst2 || classes[1] == "positive");
        var counts = new ConfusionMatrix(classes.Length);
        foreach ((LabeledText text, string guess) in measured.Zip(predicted))
            counts.Add(Array.IndexOf(classes, text.Category), Array.IndexOf(classes, guess));
        return counts;
    }

    /// <summary>Formats the measures as a line.</summary>
    public static string Show(ConfusionMatrix counts) =>
        string.Create(CultureInfo.InvariantCulture,
            $"accuracy {100 * counts.Accuracy:F2}, macro F1 {100 * counts.MacroF1:F2}, Matthews {100 * counts.MatthewsCorrelation:F2}");

    private static string F1Name(TextSet set) => set.HasPairs ? "F1 of paraphrases" : "macro F1";

    private static double F1(TextSet set, ConfusionMatrix counts) => set.HasPairs ? counts.F1(1) : counts.MacroF1;

    /// <summary>The defaults for a model of some million parameters; a larger one needs a lower rate.</summary>
    private static BertTextClassificationEstimator.Options Defaults(int seed) => new() { Seed = seed, LearningRate = 3e-4, Epochs = 3 };

    private static string[] Run(MLContext mlContext, TextSet set, BertTextClassificationEstimator.Options options, LabeledText[] learned,
        LabeledText[] measured)
    {
        (options.Sentence1ColumnName, options.Sentence2ColumnName) =
            (nameof(LabeledText.Sentence1), set.HasPairs ? nameof(LabeledText.Sentence2) : null);
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(LabeledText.Category))
            .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(options))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedCategory", "PredictedLabel"));
        var clock = Stopwatch.StartNew();
        var model = pipeline.Fit(mlContext.Data.LoadFromEnumerable(learned));
        using var classifier = model.OfType<BertTextClassificationTransformer>().Single();
        Training.TrainingProgress last = classifier.TrainingReport!.Rows[^1];
        double trained = clock.Elapsed.TotalSeconds;
        IDataView scored = model.Transform(mlContext.Data.LoadFromEnumerable(measured));
        string[] predicted = [.. scored.GetColumn<string>("PredictedCategory")];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {last.Steps} steps, {last.Tokens / 1e6:F2} M tokens at {last.TokensPerSecond:F0} tokens/s, loss {last.Loss:F3}; " +
                $"{trained / 60:F1} minutes to fit, {measured.Length / (clock.Elapsed.TotalSeconds - trained):F0} rows/s to score; " +
                $"ML.NET's Evaluate: {Evaluate(mlContext, scored)}"));
        return predicted;
    }

    private static string Evaluate(MLContext mlContext, IDataView scored)
    {
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(scored);
        return string.Create(CultureInfo.InvariantCulture,
            $"micro accuracy {100 * metrics.MicroAccuracy:F2}, log-loss {metrics.LogLoss:F3}");
    }
}
