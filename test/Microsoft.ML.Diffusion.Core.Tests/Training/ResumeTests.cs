using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tests.Checkpoints;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>Snapshots: what is in them is all of a training, and they are taken for no other.</summary>
[TestClass]
public sealed class ResumeTests
{
    [TestMethod]
    [DataRow(Scenario.Diffusion)]
    [DataRow(Scenario.Toy)]
    public void Weights_are_equal_bit_for_bit_twice_and_on_any_number_of_threads_with_everything_on(string scenario)
    {
        (string Weights, string Report) one = Scenario.Run(scenario, null);
        foreach (int threads in TestEngine.Threads)
            Assert.AreEqual(one, Scenario.Run(scenario, null, threads));
        Assert.AreNotEqual(one.Weights, Scenario.Run(scenario, null, change: options => options with { Seed = 5 }).Weights);
    }

    [TestMethod]
    [DataRow(Scenario.Diffusion, 1)]
    [DataRow(Scenario.Diffusion, 7)]
    [DataRow(Scenario.Toy, 6)]
    [DataRow(Scenario.Toy, 11)]
    public void A_canceled_training_goes_on_as_if_it_had_not_been(string scenario, int canceledAt)
    {
        using var directory = new TemporaryDirectory();
        (string Weights, string Report) expected = Scenario.Run(scenario, null);
        using var cancellation = new CancellationTokenSource();
        // No snapshot but that of the cancellation.
        Assert.ThrowsExactly<OperationCanceledException>(() => Scenario.Run(scenario, directory["snapshots"], progress: row =>
        {
            if (row.Step == canceledAt)
                cancellation.Cancel();
        }, change: Rarely, cancellationToken: cancellation.Token));
        CollectionAssert.AreEqual(
            new[] { "snapshots", $"snapshots/step-{canceledAt:D9}", $"snapshots/step-{canceledAt:D9}/SHA256SUMS",
                $"snapshots/step-{canceledAt:D9}/arrays.safetensors", $"snapshots/step-{canceledAt:D9}/state.json" }, directory.Listing());

        var seen = new List<long>();
        Assert.AreEqual(expected, Scenario.Run(scenario, directory["snapshots"], threads: 2, row => seen.Add(row.Step), Rarely));
        Assert.AreEqual(canceledAt + 1, seen[0]);

        // And a training that is at its end gives its result again, without a step.
        Assert.AreEqual(expected,
            Scenario.Run(scenario, directory["snapshots"], progress: _ => Assert.Fail("a step was made"), change: Rarely));

        static TrainingOptions Rarely(TrainingOptions options) => options with { CheckpointInterval = 0 };
    }

    [TestMethod]
    public void Cancelled_amid_a_step_or_a_validation_nothing_is_lost_or_done_twice()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = TestEngine.Create(1);
        var options = new TrainingOptions
        {
            Epochs = 3, BatchSize = 5, LearningRate = .01, EmaDecay = .9, CheckpointInterval = 1,
            CheckpointDirectory = directory["snapshots"]
        };
        using var whole = new ToyTask(engine);
        TrainingReport expected = Trainer.Run(engine, whole, options with { CheckpointDirectory = null });
        using (var cancellation = new CancellationTokenSource())
        using (var task = new ToyTask(engine) { OnForward = number => { if (number == 8) cancellation.Cancel(); } })
            Assert.ThrowsExactly<OperationCanceledException>(
                () => Trainer.Run(engine, task, options, cancellationToken: cancellation.Token));
        using (var cancellation = new CancellationTokenSource())
        using (var task = new ToyTask(engine) { OnEvaluate = cancellation.Cancel })
            Assert.ThrowsExactly<OperationCanceledException>(
                () => Trainer.Run(engine, task, options, cancellationToken: cancellation.Token));
        using var rest = new ToyTask(engine);
        TrainingReport report = Trainer.Run(engine, rest, options);
        Assert.AreEqual(12, report.ResumedAt, "the second epoch was at its end, its validation was not");
        CollectionAssert.AreEqual(whole.Batches[12..].SelectMany(batch => batch).ToArray(),
            rest.Batches.SelectMany(batch => batch).ToArray());
        Assert.AreEqual(Scenario.Timeless(expected), Scenario.Timeless(report));
        Encoders.TinyModels.AssertSameWeights(whole.Weights(), rest.Weights());
    }

    [TestMethod]
    public void Snapshots_of_another_training_are_refused_and_what_differs_is_named()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = TestEngine.Create(1);
        var options = new TrainingOptions { Epochs = 1, BatchSize = 5, LearningRate = .01, CheckpointDirectory = directory["snapshots"] };
        Run(options, count: 30);
        Refused("LearningRate (0.01 then, 0.02 now)", options with { LearningRate = .02 });
        Refused("LayerDecay (1 then, 0.5 now)", options with { LayerDecay = .5 });
        Refused("Seed (0 then, 1 now)", options with { Seed = 1 });
        Refused("the examples' lengths (different then); the number of examples (30 then, 31 now)", options, count: 31);
        Refused("the model's weights at the start (different then)", options, seed: 2);
        Run(options with { ReportInterval = 1, CheckpointInterval = 2 }, count: 30);

        string state = Path.Combine(directory["snapshots"], "step-000000006", "state.json");
        File.WriteAllText(state, "{\"Fingerprint\": 3");
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => Run(options, 30)).Message, "state.json' cannot be read");
        File.Delete(state);
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => Run(options, 30)).Message, "state.json' cannot be read");

        void Run(TrainingOptions options, int count, ulong seed = 1)
        {
            using var task = new ToyTask(engine, count, seed: seed);
            Trainer.Run(engine, task, options);
        }

        void Refused(string part, TrainingOptions options, int count = 30, ulong seed = 1)
        {
            string message = Assert.ThrowsExactly<CheckpointException>(() => Run(options, count, seed)).Message;
            StringAssert.Contains(message, $"the differences are: {part}. Train with");
        }
    }

    /// <summary>What counts is how often the examples are used, whichever option says so.</summary>
    [TestMethod]
    public void A_least_number_of_steps_makes_another_training_only_where_it_adds_steps()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = TestEngine.Create(1);
        var options = new TrainingOptions { Epochs = 1, BatchSize = 5, LearningRate = .01, CheckpointDirectory = directory["snapshots"] };
        Assert.AreEqual(0, Run(options));
        Assert.AreEqual(6, Run(options with { MinSteps = 6 }), "the snapshot is at the end of the same training");
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => Run(options with { MinSteps = 12 })).Message,
            "the differences are: Epochs (1 then, 2 now). Train with");

        long Run(TrainingOptions options)
        {
            using var task = new ToyTask(engine);
            return Trainer.Run(engine, task, options).ResumedAt;
        }
    }

    [TestMethod]
    public void Snapshots_from_before_options_were_renamed_go_on()
    {
        using Engine engine = TestEngine.Create(1);
        using var task = new ToyTask(engine);
        Fingerprint now = Fingerprint.Of(engine, task, new TrainingOptions { EmaDecay = .9, BertAdam = true, ReinitializedLayers = 1 });
        var former = new Dictionary<string, string>
        {
            ["EmaDecay"] = "AveragingDecay", ["BertAdam"] = "GoogleBert", ["ReinitializedLayers"] = "ReinitialisedLayers",
        };
        var earlier = now.Parts.ToDictionary(part => former.GetValueOrDefault(part.Key, part.Key), part => part.Value);
        Assert.IsTrue(former.Values.All(earlier.ContainsKey));
        Assert.AreEqual("", now.Difference(earlier));
        earlier["AveragingDecay"] = "0.5";
        Assert.AreEqual("EmaDecay (0.5 then, 0.9 now)", now.Difference(earlier));
    }

    /// <summary>Masked diffusion names its own parts.</summary>
    [TestMethod]
    public void Other_texts_are_other_data()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = TestEngine.Create(1);
        var options = new TrainingOptions { Epochs = .2, CheckpointDirectory = directory["snapshots"] };
        Run(TrainerTests.Texts(40, 1), .05);
        StringAssert.Contains(
            Assert.ThrowsExactly<CheckpointException>(() => Run(TrainerTests.Texts(40, 7), .1)).Message,
            "the masking's least time (0.05 then, 0.1 now); the texts' bounds (different then); the texts' tokens (different then)");

        void Run(MaskedTexts texts, double minTime)
        {
            using var model = TrainerTests.Model("bert", engine);
            Trainer.Run(engine,
                new MaskedDiffusionTask(model, new FakeTokenizer(), texts, new MaskingOptions { MinTime = minTime }), options);
        }
    }

    [TestMethod]
    public void Only_the_last_snapshot_stays_and_unfinished_ones_go()
    {
        using var directory = new TemporaryDirectory();
        using Engine engine = TestEngine.Create(1);
        string left = Path.Combine(directory["snapshots"], ".step-000000003.writing"),
            others = Path.Combine(directory["snapshots"], "notes");
        Directory.CreateDirectory(left);
        Directory.CreateDirectory(others);
        File.WriteAllText(left + ".lock", "");
        var options = new TrainingOptions
        {
            Epochs = 1, BatchSize = 5, CheckpointInterval = 2, CheckpointDirectory = directory["snapshots"]
        };
        using var task = new ToyTask(engine);
        var saved = new List<string>();
        Trainer.Run(engine, task, options, checkpoint: step => saved.Add($"{step}: {string.Join(' ', Names())}"));
        CollectionAssert.AreEqual(new[] { "2: .training.lock notes step-000000002", "4: .training.lock notes step-000000004" }, saved);
        CollectionAssert.AreEqual(new[] { "notes", "step-000000006" }, Names());

        string[] Names() =>
            [.. Directory.GetFileSystemEntries(directory["snapshots"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
    }
}
