using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public sealed class ProgressTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    /// <summary>The clock goes on by a second a step.</summary>
    [TestMethod]
    [DataRow(0, "1 2 3 4 5 6 7 8 9 10 11 12")]
    [DataRow(4, "4 6 10 12")] // validations are at steps 6 and 12
    [DataRow(3600, "6 12")]
    public void Progress_is_told_by_time_and_at_validations_and_the_end(int seconds, string expected)
    {
        var clock = new Clock();
        var reports = new List<TrainingProgress>();
        BertSentenceSimilarityEstimator.Options options = Options(epochs: 2);
        (options.ValidationSet, options.ProgressInterval, options.Clock, options.Progress) =
            (Rows(4), TimeSpan.FromSeconds(seconds), clock, new Heard(reports.Add));
        _mlContext.Regression.Trainers.BertSentenceSimilarity(options).Fit(Rows(24)).Dispose();
        Assert.AreEqual(expected, string.Join(' ', reports.Select(step => step.Step)));
    }

    /// <summary>The default makes as many steps as it takes not to be warned of.</summary>
    [TestMethod]
    public void Few_steps_are_warned_of_once_before_the_first_with_what_to_set()
    {
        Assert.AreEqual("", string.Join('\n', Warnings(Options(epochs: null))));
        CollectionAssert.AreEqual(
            new[] { $"{Messages.FewSteps}12 steps, which may be too few to learn from. Raise Epochs, which is 2, or lower BatchSize, " +
                $"which is 4." }, Warnings(Options(epochs: 2)));
        CollectionAssert.AreEqual(Array.Empty<string>(), Warnings(Options(epochs: 17)));

        string[] Warnings(BertSentenceSimilarityEstimator.Options options)
        {
            List<string> warnings = [];
            options.Progress = new Heard(step => warnings.AddRange(step.Step == 1 ? ["the first step"] : []));
            options.ProgressInterval = TimeSpan.Zero;
            var mlContext = new MLContext(seed: 1);
            mlContext.Log += (_, e) =>
            {
                if (e.Kind == Runtime.ChannelMessageKind.Warning)
                    warnings.Add(e.RawMessage);
            };
            mlContext.Regression.Trainers.BertSentenceSimilarity(options).Fit(Rows(24)).Dispose();
            Assert.AreEqual("the first step", warnings[^1], "it is too late to warn");
            return [.. warnings[..^1]];
        }
    }

    [TestMethod]
    public void A_console_has_one_line_and_a_file_one_a_report()
    {
        using StringWriter terminal = new() { NewLine = "|" }, file = new() { NewLine = "|" };
        var steps = new[] { Step(1), Step(2), Step(100) };
        Array.ForEach(steps, new ConsoleProgress(file, width: null).Report);
        Assert.AreEqual(string.Concat(steps.Select(step => $"{step}|")), file.ToString());
        var console = new ConsoleProgress(terminal, static () => 21);
        Array.ForEach(steps, console.Report);
        Assert.AreEqual($"\r{steps[0].ToString()[..20]}\r{steps[1].ToString()[..20]}\r{steps[2]}|", terminal.ToString());
        terminal.GetStringBuilder().Clear();
        new ConsoleProgress(terminal, static () => 0).Report(steps[0]);
        Assert.AreEqual($"\r{steps[0].ToString()[..79]}", terminal.ToString(), "a terminal that does not say how wide it is");

        static TrainingProgress Step(long step) =>
            new(step, 100, 1, 1000 * step, 0.5, null, 1e-3, TimeSpan.FromSeconds(step), TimeSpan.FromSeconds(100 - step));
    }

    private static BertSentenceSimilarityEstimator.Options Options(double? epochs) =>
        new() { Model = TinyModel.Model, LabelColumnName = "Value", BatchSize = 4, Epochs = epochs, Seed = 1 };

    private IDataView Rows(int count) => _mlContext.Data.LoadFromEnumerable(TextRow.Make(count));

    private sealed class Heard(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }

    /// <summary>Goes on by a second whenever it is asked: once before the first step, and once after each.</summary>
    private sealed class Clock : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _seconds++;
    }
}
