using System.Diagnostics;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Sweeps of writing, through AutoML's experiments.</summary>
[TestClass]
public sealed class GenerationTrialRunnerTests
{
    private const int Tokens = 8;
    private string _directory = "";

    [TestInitialize]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("sweep").FullName;

    [TestCleanup]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [TestMethod]
    public void The_same_seed_gives_the_same_trials_and_the_first_is_the_default()
    {
        SweepReport first = Run(trials: 6).Report, second = Run(trials: 6).Report,
            other = Run(trials: 6, options => options.Seed = 2).Report;
        CollectionAssert.AreEqual(first.Trials.Select(Describe).ToArray(), second.Trials.Select(Describe).ToArray());
        CollectionAssert.AreNotEqual(first.Trials.Select(Describe).ToArray(), other.Trials.Select(Describe).ToArray());
        Assert.AreEqual("Cosine, TopConfidence, 4 steps, temperature 0.9, top-p 0.95", first.Trials[0].Settings);
        Assert.AreEqual(4, first.Trials[0].Calls);
        Assert.HasCount(6, first.Trials.Select(trial => trial.Parameters).Distinct().ToArray());
    }

    [TestMethod]
    public void An_interrupted_sweep_goes_on_and_comes_to_the_same()
    {
        SweepReport whole = Run(trials: 6).Report;
        Run(trials: 3, options => options.Directory = _directory);
        string path = Path.Combine(_directory, "trials.jsonl");
        string[] lines = File.ReadAllLines(path);
        Assert.HasCount(4, lines);
        double[] times = [.. Run(trials: 3, options => options.Directory = _directory).Report.Trials.Select(trial => trial.Milliseconds)];
        CollectionAssert.AreEqual(lines, File.ReadAllLines(path), "trials that are there are not run again");

        (SweepReport resumed, TrialResult best) = Run(trials: 6, options => options.Directory = _directory);
        CollectionAssert.AreEqual(whole.Trials.Select(Describe).ToArray(), resumed.Trials.Select(Describe).ToArray());
        CollectionAssert.AreEqual(times, resumed.Trials.Take(3).Select(trial => trial.Milliseconds).ToArray());
        CollectionAssert.AreEqual(lines, File.ReadAllLines(path)[..4]);

        // The best model is there, alone, whether its trial was run or read.
        Assert.HasCount(1, Directory.GetFiles(_directory, "model-*.zip"));
        Assert.IsNotNull(best.Model);
        Assert.IsNotNull(Run(trials: 6, options => options.Directory = _directory).Best.Model);
    }

    [TestMethod]
    public void The_best_model_is_saved_and_loads_in_a_fresh_process()
    {
        (SweepReport report, TrialResult best) = Run(trials: 4, options => options.Directory = _directory);
        string path = Path.Combine(_directory, $"model-{report.Best!.Id:D4}.zip");
        var mlContext = new MLContext(seed: 9);
        string[] prompts = ["the dog", "the cat sat"];
        string[] expected = [.. ((DiffusionGenerateTransformer)best.Model).Generate(prompts).Select(text => text.Text)];
        string[] lines = FreshProcess.LoadAndTransform(path, "Prompt", "Story", prompts);
        StringAssert.Contains(lines[0], nameof(DiffusionGenerateTransformer));
        CollectionAssert.AreEqual(expected.Select(text => text.Trim()).ToArray(), lines[2..]);
    }

    [TestMethod]
    public void Trials_of_other_data_or_settings_are_not_taken_for_these()
    {
        Run(trials: 1, options => options.Directory = _directory);
        foreach (Action<GenerationSweepOptions> change in (Action<GenerationSweepOptions>[])[options => options.Seed = 2,
            options => options.Budget = 3, options => options.PromptsAtATime = 2])
        {
            Exception failure = Assert.Throws<Exception>(() => Run(trials: 1, options =>
            {
                options.Directory = _directory;
                change(options);
            }));
            StringAssert.Contains(failure.ToString(), "another sweep");
        }
        File.AppendAllText(Path.Combine(_directory, "trials.jsonl"), "{ not");
        StringAssert.Contains(Assert.Throws<Exception>(() => Run(trials: 1, options => options.Directory = _directory))
            .ToString(), "Line 3");
    }

    [TestMethod]
    public void A_trial_that_throws_is_written_down_and_the_sweep_goes_on()
    {
        var mlContext = new MLContext(seed: 1);
        SweepableEstimator writer = mlContext.Auto().CreateSweepableEstimator(
            (context, values) => values.Steps == 4 ? throw new NotSupportedException("Four steps\nare not | enough.")
                : context.Transforms.Text.DiffusionGenerate("Story", "Prompt", Shared(values)), Space());
        var runner = new GenerationTrialRunner(mlContext, writer, Data(mlContext), options: Options());
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(8).Run();

        TrialRecord failed = runner.Report.Trials[0];
        Assert.AreEqual(TrialStatus.Failed, failed.Status);
        Assert.AreEqual("Four steps\nare not | enough.", failed.Error);
        Assert.IsTrue(runner.Report.Trials.Any(trial => trial.Status == TrialStatus.Completed));
        Assert.AreEqual(runner.Report.Best!.Id, best.TrialSettings.TrialId);
        StringAssert.Contains(runner.Report.ToMarkdown(), "Failed: Four steps are not \\| enough.");
    }

    [TestMethod]
    public void What_costs_more_than_the_budget_is_on_the_front_and_never_the_best()
    {
        SweepReport free = Run(trials: 8).Report;
        double budget = free.Trials.Min(trial => trial.Calls!.Value) + 0.01;
        SweepReport bound = Run(trials: 8, options => (options.Budget, options.StopAfter) = (budget, 0)).Report;
        Assert.IsTrue(bound.Best!.Calls <= budget);
        Assert.IsTrue(bound.Trials.Any(trial => trial.Status == TrialStatus.OverBudget));
        Assert.IsTrue(bound.Trials.All(trial => (trial.Status == TrialStatus.OverBudget) == (trial.Calls > budget)));
        CollectionAssert.AreEqual(bound.Front.Select(trial => trial.Calls).Order().ToArray(),
            bound.Front.Select(trial => trial.Calls).ToArray());
        CollectionAssert.AreEqual(bound.Front.Select(trial => trial.Loss).OrderDescending().ToArray(),
            bound.Front.Select(trial => trial.Loss).ToArray());
    }

    [TestMethod]
    public void Trials_behind_the_median_end_early()
    {
        SweepReport report = Run(trials: 16, options => (options.StopAfter, options.PromptsAtATime) = (3, 2)).Report;
        TrialRecord[] stopped = [.. report.Trials.Where(trial => trial.Status == TrialStatus.Stopped)];
        Assert.IsNotEmpty(stopped);
        Assert.IsTrue(stopped.All(trial => trial.Id >= 3 && trial.Points[^1].Position < 6));
        Assert.IsTrue(report.Trials.Where(trial => trial.Status == TrialStatus.Completed).All(trial => trial.Points[^1].Position == 6));
    }

    [TestMethod]
    public async Task A_canceled_sweep_ends_with_the_best_so_far()
    {
        var mlContext = new MLContext(seed: 1);
        using var source = new CancellationTokenSource();
        var progress = new Reports(report =>
        {
            if (report.Done == 2)
                source.Cancel();
        });
        GenerationSweepOptions options = Options();
        options.Progress = progress;
        var runner = new GenerationTrialRunner(mlContext, Writer(mlContext), Data(mlContext), options: options);
        TrialResult best = await mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(1000).RunAsync(source.Token);
        Assert.HasCount(2, runner.Report.Trials);
        Assert.AreEqual(runner.Report.Best!.Id, best.TrialSettings.TrialId);
        Assert.HasCount(6, best.Model.Transform(Data(mlContext)).GetColumn<string>("Story").ToArray(),
            "what was fitted before is not canceled");
    }

    [TestMethod]
    public async Task A_trial_under_way_is_canceled()
    {
        var mlContext = new MLContext(seed: 1);
        var runner = new GenerationTrialRunner(mlContext, EndlessWriter(mlContext), Data(mlContext), options: Options());
        using var source = new CancellationTokenSource();
        Task<TrialResult> task = mlContext.Auto().CreateExperiment().SetSweep(runner).RunAsync(source.Token);
        await Task.Delay(50);
        long start = Stopwatch.GetTimestamp();
        await source.CancelAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => task);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        TestContext.WriteLine($"{took.TotalMilliseconds:F0} ms");
        if (Soak.IsFull)
            Assert.IsLessThan(TimeSpan.FromMilliseconds(200), took);
        Assert.IsEmpty(runner.Report.Trials);
    }

    /// <summary>So it ends the writing of a trial, and not its Fit alone; and it is not linked to anything
    /// that stays registered with it.</summary>
    [TestMethod]
    public void Writers_have_the_very_token_of_configure()
    {
        var mlContext = new MLContext(seed: 1);
        using var source = new CancellationTokenSource();
        SweepableEstimator sweepable = mlContext.Auto().DiffusionGenerate("Story", "Prompt", Space(), options =>
            (options.Model, options.MaxNewTokens, options.CancellationToken) = (TinyModel.Model, Tokens, source.Token));
        var runner = new GenerationTrialRunner(mlContext, sweepable, Data(mlContext), options: Options());
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(1).Run();
        using var writer = (DiffusionGenerateTransformer)best.Model;
        Assert.AreEqual(source.Token, writer.CancellationToken);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => writer.Generate(["the"]));
    }

    [TestMethod]
    public void A_sweep_ends_when_its_time_is_over()
    {
        var mlContext = new MLContext(seed: 1);
        var runner = new GenerationTrialRunner(mlContext, EndlessWriter(mlContext), Data(mlContext), options: Options());
        Assert.Throws<TimeoutException>(() => mlContext.Auto().CreateExperiment().SetSweep(runner).SetTrainingTimeInSeconds(1).RunAsync()
            .GetAwaiter().GetResult());
        Assert.IsEmpty(runner.Report.Trials);
    }

    [TestMethod]
    public void Other_tuners_and_pipelines_are_swept_too()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Data.LoadFromEnumerable(SweepRow.Make(6));
        SearchSpace<MaskScheduleSpace> space = Space();
        foreach (string name in space.Keys.Where(name => name is not ("Steps" or "Sampler")).ToArray())
            space.Remove(name);
        SweepablePipeline pipeline = mlContext.Transforms.CopyColumns("Beginning", "Prompt")
            .Append(mlContext.Auto().DiffusionGenerate("Story", "Beginning", space,
                options => (options.Model, options.MaxNewTokens) = (TinyModel.Model, Tokens)));
        var runner = new GenerationTrialRunner(mlContext, pipeline, data, options: Options());
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetRandomSearchTuner(seed: 3).SetMaxModelToExplore(4).Run();
        Assert.HasCount(4, runner.Report.Trials);
        Assert.IsFalse(runner.Report.Trials.Any(trial => trial.Status == TrialStatus.Failed),
            string.Join(' ', runner.Report.Trials.Select(trial => trial.Error)));
        Assert.HasCount(6, best.Model.Transform(data).GetColumn<string>("Story").ToArray());

        var grid = new GenerationTrialRunner(mlContext, Writer(mlContext, space), data, options: Options());
        mlContext.Auto().CreateExperiment().SetSweep(grid).SetGridSearchTuner().SetMaxModelToExplore(10).Run();
        Assert.HasCount(10, grid.Report.Trials.Select(trial => trial.Parameters).Distinct().ToArray(),
            "two numbers of steps and five samplers");
    }

    [TestMethod]
    public void Options_that_make_no_sense_are_refused()
    {
        var mlContext = new MLContext(seed: 1);
        Refused("Seeds", options => options.Seeds = 0);
        Refused("PromptsAtATime", options => options.PromptsAtATime = 0);
        Refused("Budget", options => options.Budget = 0);
        Refused("StopAfter", options => options.StopAfter = -1);
        Refused("Directory", options => options.Directory = "");
        Refused("Judge", options => options.Judge = null!);
        StringAssert.Contains(
            Assert.Throws<ArgumentException>(() => new GenerationTrialRunner(mlContext, Writer(mlContext),
                mlContext.Data.LoadFromEnumerable(SweepRow.Make(0)))).Message, "no prompts");

        void Refused(string name, Action<GenerationSweepOptions> change)
        {
            GenerationSweepOptions options = Options();
            change(options);
            StringAssert.StartsWith(
                Assert.Throws<ArgumentException>(() => new GenerationTrialRunner(mlContext, Writer(mlContext), Data(mlContext),
                    options: options)).Message, name);
        }
    }

    public TestContext TestContext { get; set; } = null!;

    private static string Describe(TrialRecord trial) =>
        $"{trial.Id} {trial.Parameters} {trial.Settings} {trial.Status} {trial.Metric:R} {trial.Calls} {string.Join(' ', trial.Points)}";

    private static SearchSpace<MaskScheduleSpace> Space()
    {
        var space = new SearchSpace<MaskScheduleSpace>();
        space["Steps"] = new ChoiceOption([2, 4], 4);
        return space;
    }

    private static DiffusionGenerateEstimator.Options Shared(MaskScheduleSpace values)
    {
        DiffusionGenerateEstimator.Options options = values.ToOptions(Tokens);
        options.Model = TinyModel.Model;
        return options;
    }

    private static IDataView Data(MLContext mlContext) => mlContext.Data.LoadFromEnumerable(SweepRow.Make(6));

    private static SweepableEstimator Writer(MLContext mlContext, SearchSpace<MaskScheduleSpace>? space = null) =>
        mlContext.Auto().DiffusionGenerate("Story", "Prompt", space ?? Space(),
            options => (options.Model, options.MaxNewTokens) = (TinyModel.Model, Tokens));

    /// <summary>Writes so much that no trial is done before it is canceled.</summary>
    private static SweepableEstimator EndlessWriter(MLContext mlContext) =>
        mlContext.Auto().DiffusionGenerate("Story", "Prompt", Space(),
            options => (options.Model, options.MaxNewTokens, options.Samples) = (TinyModel.Model, 20, 5000));

    private static GenerationSweepOptions Options() => new() { Judge = TinyModel.Model };

    private static (SweepReport Report, TrialResult Best) Run(int trials, Action<GenerationSweepOptions>? change = null)
    {
        var mlContext = new MLContext(seed: 1);
        GenerationSweepOptions options = Options();
        change?.Invoke(options);
        var runner = new GenerationTrialRunner(mlContext, Writer(mlContext), Data(mlContext), options: options);
        TrialResult best = mlContext.Auto().CreateExperiment().SetSweep(runner).SetMaxModelToExplore(trials).Run();
        return (runner.Report, best);
    }

    private sealed class Reports(Action<SweepProgress> act) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => act(value);
    }
}
