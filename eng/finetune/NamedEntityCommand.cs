using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.FineTune;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// Fine-tunes <c>BertNamedEntityRecognition</c> on a set of CoNLL column files, a run for each seed, and compares it with two baselines.
/// </summary>
internal static class NamedEntityCommand
{
    /// <summary>Creates a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">The description of the set.</param>
    /// <param name="trainFile">The training file, in the data folder.</param>
    /// <param name="devFile">The test file.</param>
    public static Command Create(string name, string description, string trainFile, string devFile)
    {
        var command = new Command(name, description);
        var arguments = new TrainingArguments(command);
        var smoothing = new Option<double?>("--label-smoothing") { Description = "Label smoothing." };
        var free = new Option<bool>("--free") { Description =
            "Gives each word its most probable label; otherwise the labels are the most probable valid sequence." };
        var limit = new Option<int>("--limit") { Description = "The number of training sentences, from the first on; 0 for all." };
        foreach (Option option in (Option[])[smoothing, free, limit])
            command.Options.Add(option);
        command.SetAction(result =>
        {
            string train = arguments.File(result, trainFile), dev = arguments.File(result, devFile);
            TaggedSentence[] learned = [.. ConllReader.Read(train).Sentences], measured = [.. ConllReader.Read(dev).Sentences];
            int taken = result.GetValue(limit) is > 0 and int most ? Math.Min(most, learned.Length) : learned.Length;
            learned = learned[..taken];
            var baselines = new EntityBaselines(learned);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {learned.Length} sentences of {learned.Sum(sentence => sentence.Words.Count)} words to learn from, " +
                $"{measured.Length} of {measured.Sum(sentence => sentence.Words.Count)} to measure on, " +
                $"{100 * baselines.SeenShare(measured):F1} % of whose entities occur in training, as they are"));
            Console.WriteLine($"  longest match of the training's entities: {Show(Count(measured, baselines.LongestMatch))}");
            Console.WriteLine($"  each word's most frequent tag: {Show(Count(measured, baselines.MostFrequentTag))}");
            SeedRuns.Write(arguments.Seeds(result), seed =>
            {
                var options = new BertNamedEntityRecognitionEstimator.Options { Seed = seed };
                arguments.Apply(result, options);
                options.LabelSmoothing = result.GetValue(smoothing) ?? options.LabelSmoothing;
                options.ConstrainedDecoding = result.GetValue(free) ? false : null;
                MLContext mlContext = arguments.Context(result, seed);
                return Run(mlContext, options, mlContext.Data.TakeRows(mlContext.Data.LoadFromConll(train), taken),
                    mlContext.Data.LoadFromConll(dev), measured, baselines);
            });
        });
        return command;
    }

    private static Dictionary<string, double> Run(
        MLContext mlContext, BertNamedEntityRecognitionEstimator.Options options, IDataView train, IDataView dev, TaggedSentence[] measured,
        EntityBaselines baselines)
    {
        var clock = Stopwatch.StartNew();
        using BertNamedEntityRecognitionTransformer model =
            mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(options: options).Fit(train);
        Training.TrainingProgress last = model.TrainingReport!.Rows[^1];
        double trained = clock.Elapsed.TotalSeconds;
        string[][] predicted = [.. model.Transform(dev).GetColumn<VBuffer<uint>>("PredictedLabel")
            .Select(keys => keys.DenseValues().Select(key => model.Labels[(int)key - 1]).ToArray())];
        double scored = clock.Elapsed.TotalSeconds - trained;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {last.Steps} steps, {last.Tokens / 1e6:F2} M tokens at {last.TokensPerSecond:F0} tokens/s, loss {last.Loss:F3}; " +
                $"{trained / 60:F1} minutes to fit, {measured.Sum(sentence => sentence.Words.Count) / scored:F0} words/s to label"));
        var evaluator = new EntityEvaluator();
        for (int i = 0; i < measured.Length; i++)
            evaluator.Add(measured[i].Tags, predicted[i]);
        (double seen, double unseen) = baselines.Recall(measured, predicted);
        var figures = new Dictionary<string, double>
        {
            ["entity F1"] = 100 * evaluator.Overall.F1,
            ["precision"] = 100 * evaluator.Overall.Precision,
            ["recall"] = 100 * evaluator.Overall.Recall,
            ["recall of entities seen in training"] = 100 * seen,
            ["of others"] = 100 * unseen,
            ["words right"] = 100 * evaluator.TagAccuracy,
        };
        foreach ((string type, EntityCounts counts) in evaluator.ByType)
            figures["F1 of " + type] = 100 * counts.F1;
        return figures;
    }

    private static EntityEvaluator Count(TaggedSentence[] measured, Func<IReadOnlyList<string>, string[]> predict)
    {
        var evaluator = new EntityEvaluator();
        foreach (TaggedSentence sentence in measured)
            evaluator.Add(sentence.Tags, predict(sentence.Words));
        return evaluator;
    }

    private static string Show(EntityEvaluator evaluator) => string.Create(
        CultureInfo.InvariantCulture,
        $"entity F1 {100 * evaluator.Overall.F1:F2}, precision {100 * evaluator.Overall.Precision:F2}, recall " +
            $"{100 * evaluator.Overall.Recall:F2} " +
            $"({string.Join(", ", evaluator.ByType.Select(type => FormattableString.Invariant($"{type.Key} {100 * type.Value.F1:F2}")))})");
}
