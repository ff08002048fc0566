using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary><c>squad</c>: a model fine-tuned to answer the questions of a SQuAD file, beside a constant and a sliding-window baseline.</summary>
internal static class SquadCommand
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "The directory with train-v*.json and dev-v*.json.", Required = true };
        var version = new Option<string>("--version") { Description = "1.1 or 2.0.", DefaultValueFactory = _ => "1.1" };
        var model = new Option<DirectoryInfo?>("--model") { Description = "A Hugging Face directory; without it, the embedded model." };
        var seeds = new Option<string>("--seeds") { Description = "Seeds, parted by commas; empty for the baselines alone.", DefaultValueFactory = _ => "1,2,3,4,5" };
        var defaults = new BertQuestionAnsweringEstimator.Options();
        var epochs = new Option<double>("--epochs") { DefaultValueFactory = _ => defaults.Epochs };
        var rate = new Option<double>("--rate") { DefaultValueFactory = _ => defaults.LearningRate };
        var batchSize = new Option<int>("--batch-size") { Description = "Windows in a batch.", DefaultValueFactory = _ => defaults.BatchSize };
        var warmUp = new Option<double>("--warm-up") { DefaultValueFactory = _ => defaults.WarmUp };
        var decay = new Option<double>("--weight-decay") { DefaultValueFactory = _ => defaults.WeightDecay };
        var average = new Option<double>("--average") { Description = "The decay of the running average of the weights.", DefaultValueFactory = _ => defaults.AveragingDecay };
        var maxTokens = new Option<int>("--max-tokens") { DefaultValueFactory = _ => defaults.MaxTokens };
        var overlap = new Option<int>("--overlap") { DefaultValueFactory = _ => defaults.StrideOverlap };
        var answerTokens = new Option<int>("--answer-tokens") { DefaultValueFactory = _ => defaults.MaxAnswerTokens };
        var held = new Option<double>("--validation") { Description = "The share of the training rows that is measured on while learning; version 2.0's threshold comes from it.", DefaultValueFactory = _ => 0 };
        var rows = new Option<long>("--rows") { Description = "The most rows to learn from.", DefaultValueFactory = _ => long.MaxValue };
        var quiet = new Option<bool>("--quiet") { Description = "Writes no lines of progress." };
        var command = new Command("squad", "Fine-tunes for question answering, and measures exact match and F1 on the dev file.")
        {
            data, version, model, seeds, epochs, rate, batchSize, warmUp, decay, average, maxTokens, overlap, answerTokens, held, rows, quiet,
        };
        command.SetAction(result =>
        {
            string file = Path.Combine(result.GetValue(data)!.FullName, $"{{0}}-v{result.GetValue(version)}.json");
            string trainFile = string.Format(CultureInfo.InvariantCulture, file, "train"), devFile = string.Format(CultureInfo.InvariantCulture, file, "dev");
            bool allowNoAnswer = WriteBaselines(trainFile, devFile);
            var reports = new List<SquadReport>();
            foreach (int seed in result.GetValue(seeds)!.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(seed => int.Parse(seed, CultureInfo.InvariantCulture)))
            {
                var mlContext = new MLContext(seed);
                if (!result.GetValue(quiet))
                    mlContext.Log += (_, e) => WriteLine(e);
                var options = new BertQuestionAnsweringEstimator.Options
                {
                    Model = result.GetValue(model) is DirectoryInfo directory ? EncoderModel.FromDirectory(directory.FullName) : EncoderModel.Default,
                    Seed = seed,
                    Epochs = result.GetValue(epochs),
                    LearningRate = result.GetValue(rate),
                    BatchSize = result.GetValue(batchSize),
                    WarmUp = result.GetValue(warmUp),
                    WeightDecay = result.GetValue(decay),
                    AveragingDecay = result.GetValue(average),
                    MaxTokens = result.GetValue(maxTokens),
                    StrideOverlap = result.GetValue(overlap),
                    MaxAnswerTokens = result.GetValue(answerTokens),
                    AllowNoAnswer = allowNoAnswer,
                    ValidationFraction = result.GetValue(held),
                };
                IDataView train = mlContext.Data.LoadFromSquad(trainFile), dev = mlContext.Data.LoadFromSquad(devFile);
                if (result.GetValue(rows) < long.MaxValue)
                    train = mlContext.Data.TakeRows(train, result.GetValue(rows));
                var clock = Stopwatch.StartNew();
                using BertQuestionAnsweringTransformer transformer = mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: options).Fit(train);
                TimeSpan taught = clock.Elapsed;
                SquadReport report = mlContext.MulticlassClassification.EvaluateQuestionAnswering(transformer.Transform(dev));
                reports.Add(report);
                Write($"seed {seed}", report, $", {taught.TotalMinutes:F1} minutes to learn, {(clock.Elapsed - taught).TotalMinutes:F1} to answer");
            }
            WriteMean("exact match", reports, report => report.Overall.ExactMatch);
            WriteMean("F1", reports, report => report.Overall.F1);
        });
        return command;
    }

    /// <summary>Writes the baselines, and returns whether there are questions without an answer.</summary>
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

    private static void Write(string name, SquadReport report, string more = "") => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: exact match {100 * report.Overall.ExactMatch:F2}, F1 {100 * report.Overall.F1:F2}{(report.NoAnswer.Count == 0 ? "" : $" (with answers: {100 * report.HasAnswer.ExactMatch:F2} and {100 * report.HasAnswer.F1:F2}; without: {100 * report.NoAnswer.F1:F2}; best threshold {report.BestF1.Threshold:F2}, F1 {100 * report.BestF1.Score:F2})")}{more}"));

    private static void WriteMean(string name, List<SquadReport> reports, Func<SquadReport, double> score)
    {
        if (reports.Count == 0)
            return;
        double[] values = [.. reports.Select(report => 100 * score(report))];
        double mean = values.Average(), deviation = values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}, {values.Length} seeds: mean {mean:F2}, standard deviation {deviation:F2}"));
    }

    private static void WriteLine(LoggingEventArgs e)
    {
        if (e.Kind != ChannelMessageKind.Trace)
            Console.Error.WriteLine(e.RawMessage);
    }
}
