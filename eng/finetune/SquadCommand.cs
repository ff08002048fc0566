using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.FineTune;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>
/// <c>squad</c>: fine-tunes a model to answer the questions of a SQuAD file, and compares it with a constant and a sliding-window baseline.
/// </summary>
internal static class SquadCommand
{
    public static Command Create()
    {
        var command = new Command("squad",
            "SQuAD: where in a context is the answer to a question? Trains on one part of SQuAD's dev set and measures on another.");
        var arguments = new TrainingArguments(command);
        var version = new Option<string>("--version")
        {
            Description = "1.1, or 2.0, in which some contexts hold no answer.", DefaultValueFactory = _ => "1.1"
        };
        var maxTokens = new Option<int?>("--max-tokens") { Description = "The longest window." };
        var overlap = new Option<int?>("--overlap") { Description = "The tokens that two windows share." };
        var answerTokens = new Option<int?>("--answer-tokens") { Description = "The longest answer." };
        var limit = new Option<int>("--limit") { Description = "The number of training rows, from the first on; 0 for all." };
        var baselines = new Option<bool>("--baselines") { Description = "Measures the baselines alone." };
        foreach (Option option in (Option[])[version, maxTokens, overlap, answerTokens, limit, baselines])
            command.Options.Add(option);
        command.SetAction(result =>
        {
            string trainFile = arguments.File(result, $"squad/train-v{result.GetValue(version)}.json"),
                devFile = arguments.File(result, $"squad/dev-v{result.GetValue(version)}.json");
            bool allowNoAnswer = WriteBaselines(trainFile, devFile);
            if (result.GetValue(baselines))
                return;
            SeedRuns.Write(arguments.Seeds(result), seed =>
            {
                BertQuestionAnsweringEstimator.Options options = Defaults(seed, allowNoAnswer);
                arguments.Apply(result, options);
                options.MaxTokens = result.GetValue(maxTokens) ?? options.MaxTokens;
                options.StrideOverlap = result.GetValue(overlap) ?? options.StrideOverlap;
                options.MaxAnswerTokens = result.GetValue(answerTokens) ?? options.MaxAnswerTokens;
                SquadReport report = Run(arguments.Context(result, seed), options, trainFile, devFile, result.GetValue(limit));
                var figures =
                    new Dictionary<string, double> { ["exact match"] = 100 * report.Overall.ExactMatch, ["F1"] = 100 * report.Overall.F1 };
                if (allowNoAnswer)
                {
                    figures["F1 where there is an answer"] = 100 * report.HasAnswer.F1;
                    figures["F1 where there is none"] = 100 * report.NoAnswer.F1;
                    figures["F1 with the best threshold"] = 100 * report.BestF1.Score;
                }
                return figures;
            });
        });
        return command;
    }

    /// <summary>
    /// The defaults for a model of some million parameters; a larger one needs a lower rate. The threshold of version 2.0 is chosen on
    /// held-out rows.
    /// </summary>
    private static BertQuestionAnsweringEstimator.Options Defaults(int seed, bool allowNoAnswer) => new()
    {
        Seed = seed,
        LearningRate = 5e-4,
        Epochs = 4,
        BatchSize = 16,
        StrideOverlap = 64,
        AllowNoAnswer = allowNoAnswer,
        ValidationFraction = allowNoAnswer ? 0.08 : 0,
    };

    private static SquadReport Run(MLContext mlContext, BertQuestionAnsweringEstimator.Options options, string trainFile,
        string devFile, int limit)
    {
        IDataView train = mlContext.Data.LoadFromSquad(trainFile), dev = mlContext.Data.LoadFromSquad(devFile);
        if (limit > 0)
            train = mlContext.Data.TakeRows(train, limit);
        var clock = Stopwatch.StartNew();
        using BertQuestionAnsweringTransformer transformer =
            mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: options).Fit(train);
        Training.TrainingProgress last = transformer.TrainingReport!.Rows[^1];
        double trained = clock.Elapsed.TotalSeconds;
        SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(transformer.Transform(dev));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  {last.Steps} steps, {last.Tokens / 1e6:F2} M tokens at {last.TokensPerSecond:F0} tokens/s, loss {last.Loss:F3}; " +
                $"{trained / 60:F1} minutes to fit, {report.Overall.Count / (clock.Elapsed.TotalSeconds - trained):F0} rows/s to " +
                $"answer{(options.AllowNoAnswer ? $"; threshold {transformer.NoAnswerThreshold:F2}, best {report.BestF1.Threshold:F2}" : "")}"));
        return report;
    }

    /// <summary>Writes the results of the baselines, and returns whether there are questions without an answer.</summary>
    private static bool WriteBaselines(string trainFile, string devFile)
    {
        IReadOnlyList<SquadQuestion> train = SquadReader.Read(trainFile).Questions, dev = SquadReader.Read(devFile).Questions;
        Console.WriteLine($"{train.Count} questions to learn from, {dev.Count} to measure on; in percent, by the official rules.");
        var byMatch = new ConstantBaseline(train, report => report.Overall.ExactMatch);
        var byF1 = new ConstantBaseline(train, report => report.Overall.F1);
        Write($"constant, {byMatch.Name} (best exact match when learning)", ConstantBaseline.Score(dev, byMatch.Answer));
        Write($"constant, {byF1.Name} (best F1 when learning)", ConstantBaseline.Score(dev, byF1.Answer));
        var window = new SlidingWindowBaseline(train);
        Write($"sliding window, {window.Length} words, reach {window.Reach}", ConstantBaseline.Score(dev, window.Answer));
        return train.Any(question => question.IsImpossible);
    }

    private static void Write(string name, SquadReport report) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: exact match {100 * report.Overall.ExactMatch:F2}, F1 " +
            $"{100 * report.Overall.F1:F2}{(report.NoAnswer.Count == 0 ? "" : $" (where there is an answer {100 * report.HasAnswer.F1:F2}, where there is none {100 * report.NoAnswer.F1:F2})")}"));
}
