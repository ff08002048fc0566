using System.Diagnostics;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Sweeps of trainers, through AutoML's experiments.</summary>
[TestClass]
public sealed class FineTuningTrialRunnerTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void The_best_classifier_of_some_trials_is_found()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView learned, IDataView validation) = Rows(mlContext);
        SweepableEstimator trainer = mlContext.Auto()
            .BertTextClassification(space: Space(),
                configure: options => (options.Model, options.ValidationSet) = (TinyModel.Model, validation));
        var runner = new FineTuningTrialRunner(mlContext, trainer, learned);
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(8).Run();

        Assert.HasCount(8, runner.Report.Trials);
        Assert.AreEqual("accuracy", runner.Report.Best!.MetricName);
        Assert.AreEqual(runner.Report.Trials.Where(trial => trial.Status == TrialStatus.Completed).Max(trial => trial.Metric), best.Metric);
        Assert.AreEqual(-best.Metric, best.Loss);
        // The model is that of the validation which the trial is worth.
        Assert.AreEqual(best.Metric, mlContext.MulticlassClassification.Evaluate(best.Model.Transform(validation)).MicroAccuracy, 1e-6);
        StringAssert.Contains(runner.Report.Trials[0].Settings, "RateFactor 1,");
        Assert.IsTrue(runner.Report.Trials.Any(trial => trial.Status == TrialStatus.Stopped), runner.Report.ToMarkdown());

        ITransformer again = runner.BuildEstimator(new MLContext(seed: 1), best).Fit(learned);
        Assert.AreEqual(best.Metric, mlContext.MulticlassClassification.Evaluate(again.Transform(validation)).MicroAccuracy, 1e-6,
            "the same seed, the same model");
    }

    [TestMethod]
    public void AutoMLs_own_pipelines_and_metrics_take_the_estimators()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView learned, IDataView validation) = Rows(mlContext);
        DataOperationsCatalog.TrainTestData data = mlContext.Data.TrainTestSplit(learned, 0.3, seed: 1);
        SweepablePipeline pipeline = mlContext.Auto()
            .BertTextClassification(space: Space(), configure: options => options.Model = TinyModel.Model)
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("Found", "PredictedLabel"));
        var monitor = new Monitor();
        TrialResult best = mlContext.Auto().CreateExperiment().SetPipeline(pipeline).SetRandomSearchTuner(seed: 1).SetDataset(data)
            .SetMulticlassClassificationMetric(MulticlassClassificationMetric.MicroAccuracy, labelColumn: "Label").SetMonitor(monitor)
                .SetMaxModelToExplore(3).Run();
        Assert.AreEqual(best.Metric, mlContext.MulticlassClassification.Evaluate(best.Model.Transform(data.TestSet)).MicroAccuracy, 1e-6);
        Assert.HasCount(3, monitor.Completed);
        Assert.AreEqual(monitor.Completed.Max(), best.Metric);
        Assert.IsNotEmpty(best.Model.Transform(validation).GetColumn<string>("Found").ToArray());
    }

    [TestMethod]
    public void Masked_diffusion_is_chosen_by_its_bound()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(SweepRow.Make(40));
        SweepableEstimator teacher = mlContext.Auto()
            .MaskedDiffusion("Story",
                configure: options => (options.Model, options.Generation.MaxNewTokens, options.Epochs, options.ValidationFraction) =
                (TinyModel.Model, 8, 1, 0.3));
        var runner = new FineTuningTrialRunner(mlContext, teacher, data);
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(3).Run();
        Assert.AreEqual("nats per token", runner.Report.Best!.MetricName);
        Assert.AreEqual(runner.Report.Trials.Min(trial => trial.Metric), best.Loss);
        Assert.IsInstanceOfType<DiffusionGenerateTransformer>(best.Model);
    }

    [TestMethod]
    public void Answers_and_entities_are_swept()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView words = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 12)
            .Select(i => new ConllRow { Sentence = ["the", "cat", "sat"], Label = ["O", i % 2 == 0 ? "B-CAT" : "O", "O"] }).ToArray());
        Swept(mlContext.Auto()
            .BertNamedEntityRecognition(configure: options => (options.Model, options.Epochs, options.ValidationFraction) =
                (TinyModel.Model, 1, 0.3)), words, "entity F1");

        Swept(
            mlContext.Auto().BertQuestionAnswering(configure: options =>
            {
                BertQuestionAnsweringEstimator.Options small = QuestionRow.Options();
                (options.Model, options.Epochs, options.ValidationFraction) = (small.Model, 1, 0.3);
                (options.MaxTokens, options.MaxQuestionTokens, options.StrideOverlap) =
                    (small.MaxTokens, small.MaxQuestionTokens, small.StrideOverlap);
            }),
            mlContext.Data.LoadFromEnumerable(QuestionRow.Rows(24)), "F1");

        void Swept(SweepableEstimator trainer, IDataView data, string metric)
        {
            var runner = new FineTuningTrialRunner(mlContext, trainer, data);
            mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run();
            Assert.AreEqual(metric, runner.Report.Best!.MetricName, runner.Report.ToMarkdown());
        }
    }

    [TestMethod]
    public void Trials_that_measure_nothing_say_what_to_do()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView learned, _) = Rows(mlContext);
        var runner = new FineTuningTrialRunner(mlContext,
            mlContext.Auto().BertTextClassification(space: Space(), configure: options => options.Model = TinyModel.Model), learned);
        Exception nothing =
            Assert.Throws<Exception>(() => mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(2).Run());
        Assert.IsInstanceOfType<TimeoutException>(nothing is AggregateException ? nothing.InnerException : nothing);
        Assert.HasCount(2, runner.Report.Trials);
        Assert.IsTrue(runner.Report.Trials.All(trial => trial.Status == TrialStatus.Failed &&
            trial.Error!.Contains("ValidationFraction", StringComparison.Ordinal)));
        Assert.IsNull(runner.Report.Best);
    }

    [TestMethod]
    public void A_training_under_way_is_canceled()
    {
        // The first time compiles what ends a training, too.
        TimeSpan took = new[] { Cancel(), Cancel() }.Min();
        TestContext.WriteLine($"{took.TotalMilliseconds:F0} ms");
        if (Soak.IsFull)
            Assert.IsLessThan(TimeSpan.FromMilliseconds(200), took);
    }

    /// <summary>It is not a failure of what the trial tried; and what was fitted before keeps it, as the options say.</summary>
    [TestMethod]
    public void A_token_of_configure_ends_trials_that_are_not_written_down()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView learned, IDataView validation) = Rows(mlContext);
        using var source = new CancellationTokenSource();
        SweepableEstimator trainer = mlContext.Auto().BertTextClassification(space: Space(), configure: options =>
            (options.Model, options.ValidationSet, options.CancellationToken) = (TinyModel.Model, validation, source.Token));
        var runner = new FineTuningTrialRunner(mlContext, trainer, learned, new SweepOptions { Progress = new FirstTrial(source.Cancel) });
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(3).Run();
        Assert.AreEqual(TrialStatus.Completed, runner.Report.Trials.Single().Status);
        var model = (BertTextClassificationTransformer)best.Model;
        Assert.AreEqual(source.Token, model.CancellationToken, "the token itself: one linked to it would stay registered with it");
        Assert.Throws<OperationCanceledException>(() => model.Transform(validation).GetColumn<float[]>("Score").ToArray());
        model.CancellationToken = CancellationToken.None;
        Assert.HasCount(30, model.Transform(validation).GetColumn<float[]>("Score").ToArray());
    }

    /// <summary>Cancels a sweep while it trains, and says how long it went on.</summary>
    private static TimeSpan Cancel()
    {
        var mlContext = new MLContext(seed: 1);
        (IDataView learned, IDataView validation) = Rows(mlContext);
        using var source = new CancellationTokenSource();
        var canceller = new Canceller(source);
        SweepableEstimator trainer = mlContext.Auto().BertTextClassification(space: Space(), configure: options =>
        {
            (options.Model, options.ValidationSet, options.Epochs, options.ProgressInterval) =
                (TinyModel.Model, validation, 100_000, TimeSpan.Zero);
            options.Progress = canceller;
        });
        var runner = new FineTuningTrialRunner(mlContext, trainer, learned);
        Assert.Throws<Exception>(() => mlContext.Auto().CreateExperiment().SetSweep(runner).RunAsync(source.Token)
            .GetAwaiter().GetResult());
        TimeSpan took = Stopwatch.GetElapsedTime(canceller.At);
        Assert.IsEmpty(runner.Report.Trials);
        return took;
    }

    private static SearchSpace<TextClassificationSpace> Space()
    {
        var space = new SearchSpace<TextClassificationSpace>();
        space["Epochs"] = new ChoiceOption([4, 6], 4);
        space["BatchSize"] = new ChoiceOption([8, 16], 16);
        return space;
    }

    private static (IDataView Learned, IDataView Validation) Rows(MLContext mlContext)
    {
        IDataView rows = mlContext.Data.LoadFromEnumerable(TextRow.Make(90));
        var keys = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Fit(rows);
        return (keys.Transform(rows), keys.Transform(mlContext.Data.LoadFromEnumerable(TextRow.Make(30))));
    }

    private sealed class Canceller(CancellationTokenSource source) : IProgress<Training.TrainingProgress>
    {
        public long At { get; private set; }

        public void Report(Training.TrainingProgress value)
        {
            if (value.Step != 3)
                return;
            At = Stopwatch.GetTimestamp();
            source.Cancel();
        }
    }

    private sealed class FirstTrial(Action end) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => end();
    }

    private sealed class Monitor : IMonitor
    {
        public List<double> Completed { get; } = [];

        public void ReportBestTrial(TrialResult result) => Assert.AreEqual(Completed[^1], result.Metric);

        public void ReportCompletedTrial(TrialResult result) => Completed.Add(result.Metric);

        public void ReportFailTrial(TrialSettings settings, Exception? exception = null) =>
            Assert.Fail(exception?.Message ?? "A trial failed.");

        public void ReportRunningTrial(TrialSettings settings) => Assert.AreEqual(Completed.Count, settings.TrialId);
    }
}
