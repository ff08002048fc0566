using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Diffusion.Tests.Encoders;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>The training loop on masked diffusion over a toy text.</summary>
[TestClass]
public sealed class TrainerTests
{
    private static readonly FakeTokenizer s_tokenizer = new();
    private static readonly TrainingOptions s_options =
        new() { Epochs = 2, BatchTokens = 60, LearningRate = 3e-3, Seed = 4, ReportInterval = 1 };

    [TestMethod]
    [DataRow("bert")]
    [DataRow("modernbert")]
    [DataRow("distilbert")]
    [DataRow("electra")]
    [DataRow("albert")]
    public void Weights_are_a_function_of_the_seed_whatever_the_threads(string family)
    {
        Dictionary<string, float[]> one = Train(family, 1, s_options);
        foreach (int threads in TestEngine.Threads)
            TinyModels.AssertSameWeights(one, Train(family, threads, s_options));
        CollectionAssert.AreNotEqual(one["layers.1.output.weight"],
            Train(family, 1, s_options with { Seed = 5 })["layers.1.output.weight"]);
        CollectionAssert.AreNotEqual(one["layers.1.output.weight"],
            Train(family, 1, s_options with { Dropout = false })["layers.1.output.weight"]);
    }

    /// <summary>30 examples in batches of 5.</summary>
    [TestMethod]
    [DataRow(1, 0, 1, 6)]
    [DataRow(1, 5, 1, 6)] // one pass has more
    [DataRow(1, 14, 1, 14)] // two passes and a third of one
    [DataRow(1, 7, 2, 7)] // of two batches each
    [DataRow(2.5, 3, 4, 4)]
    public void Few_examples_are_used_more_often_for_the_least_number_of_steps(double epochs, int minSteps, int accumulation, int expected)
    {
        using Engine engine = TestEngine.Create(1);
        var options = new TrainingOptions
        {
            Epochs = epochs, MinSteps = minSteps, AccumulationSteps = accumulation, BatchSize = 5, LearningRate = .01
        };
        using ToyTask task = new(engine), again = new(engine);
        Assert.AreEqual(expected, Trainer.CountSteps(task, options));
        Assert.AreEqual(expected, Trainer.Run(engine, task, options).Rows[^1].Step);
        int batches = task.Batches.Count;
        Trainer.Run(engine, again, options with { MinSteps = 0, Epochs = batches / 6.0 });
        TinyModels.AssertSameWeights(task.Weights(), again.Weights());
        foreach (int[][] epoch in task.Batches.Chunk(6).Where(epoch => epoch.Length == 6))
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 30).ToArray(), epoch.SelectMany(batch => batch).ToArray());
    }

    [TestMethod]
    public void The_loss_falls_and_the_bound_is_reported_when_asked()
    {
        using Engine engine = TestEngine.Create(1);
        using MaskedLanguageModel model = Model("modernbert", engine);
        MaskedTexts held = Texts(5, 2);
        MaskedDiffusionTask task = Task(model, held);
        var received = new List<TrainingProgress>();
        var saved = new List<long>();
        double before = task.Evaluate(default)!.Deciding.Value;
        IReadOnlyList<TrainingProgress> reports =
            Trainer.Run(engine, task, s_options with { Epochs = 12, ReportInterval = 10, ValidationInterval = 25, CheckpointInterval = 30 },
                received.Add, saved.Add).Rows;
        CollectionAssert.AreEqual(Enumerable.Range(1, (int)reports[^1].Steps).Select(step => (long)step).ToArray(),
            received.Select(report => report.Step).ToArray(), "progress is reported for every step");

        TrainingProgress last = reports[^1];
        Assert.AreEqual(last.Steps, last.Step);
        Assert.IsLessThan(0.7 * before, last.Validation!.Deciding.Value, "the bound, in nats per token");
        Assert.IsLessThan(0.8 * reports[0].Loss, reports.TakeLast(3).Average(report => report.Loss));
        CollectionAssert.AreEqual(Enumerable.Range(1, (int)last.Steps).Where(step => step % 10 == 0 || step % 25 == 0 || step == last.Steps)
            .Select(step => (long)step).ToArray(), reports.Select(report => report.Step).ToArray());
        Assert.IsTrue(reports.All(report => report.Validation is not null == (report.Step % 25 == 0 || report.Step == last.Steps)));
        CollectionAssert.AreEqual(Enumerable.Range(1, (int)last.Steps - 1).Where(step => step % 30 == 0).Select(step => (long)step)
            .ToArray(), saved);
        Assert.AreEqual(12L * Enumerable.Range(0, task.Count).Sum(task.Length), last.Tokens, 200);
        Assert.AreEqual(last.Validation.Deciding.Value, task.Evaluate(default)!.Deciding.Value, "the bound has a fixed seed");
    }

    [TestMethod]
    public void A_training_stops_between_steps_when_canceled()
    {
        using Engine engine = TestEngine.Create(1);
        using MaskedLanguageModel model = Model("bert", engine);
        using var cancellation = new CancellationTokenSource();
        long steps = 0;
        Dictionary<string, float[]>? atThree = null;
        Assert.ThrowsExactly<OperationCanceledException>(() => Trainer.Run(engine, Task(model), s_options, progress =>
        {
            steps = progress.Step;
            if (steps != 3)
                return;
            atThree = SmallModels.Weights(model);
            cancellation.Cancel();
        }, cancellationToken: cancellation.Token));
        Assert.AreEqual(3, steps);
        TinyModels.AssertSameWeights(atThree!, SmallModels.Weights(model));
        Assert.ThrowsExactly<OperationCanceledException>(
            () => Trainer.Run(engine, Task(model), s_options, cancellationToken: new CancellationToken(true)));
    }

    [TestMethod]
    public void Divergence_is_an_error_that_names_the_rate()
    {
        using Engine engine = TestEngine.Create(1);
        using MaskedLanguageModel model = Model("modernbert", engine);
        ArithmeticException exception = Assert.ThrowsExactly<ArithmeticException>(() =>
            Trainer.Run(engine, new Spoilt(model, Task(model)), s_options with { LearningRate = 7 }));
        StringAssert.Contains(exception.Message, "diverged: lower LearningRate (it is 7)");

        model.Engine.Write(model.Parameters["head.dense.weight"].Value!, 0, [float.NaN]);
        exception = Assert.ThrowsExactly<ArithmeticException>(() => Trainer.Run(engine, Task(model), s_options));
        StringAssert.Contains(exception.Message, "at step 1");
    }

    [TestMethod]
    public void Gradients_are_scaled_down_to_the_norm_and_decay_spares_vectors()
    {
        using Engine engine = TestEngine.Create(1);
        var options = new TrainingOptions { ClipNorm = 0.5, Beta1 = 0, Beta2 = 0, Epsilon = 0.999, WeightDecay = 0.1 };
        using MaskedLanguageModel model = Model("bert", engine);
        var optimizer = new Optimizer(engine, model.Parameters, options);
        optimizer.ClearGradients();
        Parameter matrix = model.Parameters["head.dense.weight"], vector = model.Parameters["head.dense.bias"];
        engine.Write(matrix.Gradient!, 0, [3]);
        engine.Write(vector.Gradient!, 0, [4]);
        Dictionary<string, float[]> before = SmallModels.Weights(model);
        Assert.AreEqual(5, optimizer.Step(0.01), 1e-12);
        Dictionary<string, float[]> after = SmallModels.Weights(model);
        // g = 0.1 · (3, 4); without moments the step is g / (|g| + ε).
        Assert.AreEqual(before[matrix.Name][0] * (1 - 0.001) - 0.01 * .3 / (.3 + .999), after[matrix.Name][0], 1e-6);
        Assert.AreEqual(before[vector.Name][0] - 0.01 * .4 / (.4 + .999), after[vector.Name][0], 1e-6);
        Assert.AreEqual(before[matrix.Name][1] * (1 - 0.001), after[matrix.Name][1], 1e-6);
        Assert.AreEqual(before[vector.Name][1], after[vector.Name][1]);
    }

    [TestMethod]
    public void Bad_options_and_empty_tasks_say_what_was_given()
    {
        using Engine engine = TestEngine.Create(1);
        using MaskedLanguageModel model = Model("bert", engine);
        Refused(s_options with { Epochs = 0 }, "Epochs is 0");
        Refused(s_options with { BatchTokens = 0 }, "BatchTokens is 0");
        Refused(s_options with { LearningRate = double.NaN }, "LearningRate is NaN");
        Refused(s_options with { WarmUp = 1.5 }, "WarmUp is 1.5");
        Refused(s_options with { Decay = (RateDecay)9 }, "Decay is 9");
        Refused(s_options with { Beta2 = 1 }, "Beta2 is 1");
        Refused(s_options with { ClipNorm = -1 }, "ClipNorm is -1");
        Refused(s_options with { ReportInterval = 0 }, "ReportInterval is 0");
        var none = new MaskedDiffusionTask(model, s_tokenizer, new MaskedTexts(s_tokenizer, 12), new MaskingOptions());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Trainer.Run(engine, none, s_options)).Message, "no examples");
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new MaskedDiffusionTask(SmallModels.Create("bert", engine), s_tokenizer,
                Texts(1, 1), new MaskingOptions())).Message,
            "The tokenizer has 100 ids, the model 23");

        void Refused(TrainingOptions options, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Trainer.Run(engine, Task(model), options)).Message, part);
    }

    internal static MaskedLanguageModel Model(string family, Engine engine)
    {
        MaskedLanguageModel model = SmallModels.Create(family, engine, change: c => c with
        {
            VocabularySize = FakeTokenizer.Size + 2, HiddenSize = 16, MaxLength = 24, InitializerRange = .1,
            Attention = c.Attention with { OutputDropout = .1 }, FeedForward = c.FeedForward with { Dropout = .1 },
        });
        model.PrepareForTraining();
        return model;
    }

    internal static MaskedTexts Texts(int count, int seed)
    {
        var texts = new MaskedTexts(s_tokenizer, 24);
        for (int i = 0; i < count; i++)
        {
            int start = (int)(Philox.Uniform((ulong)seed, 0, (ulong)i) * 6);
            texts.Add("", "abcabcabcabcabcabcabcabcabc".AsSpan(start, 5 + start + i % 10));
        }
        return texts;
    }

    internal static MaskedDiffusionTask Task(MaskedLanguageModel model, MaskedTexts? held = null) =>
        new(model, s_tokenizer, Texts(40, 1), new MaskingOptions { MinTime = .05, Seed = 3 }, held, lowMaskRateSteps: 5);

    private static Dictionary<string, float[]> Train(string family, int threads, TrainingOptions options)
    {
        using Engine engine = TestEngine.Create(threads);
        using MaskedLanguageModel model = Model(family, engine);
        Trainer.Run(engine, Task(model), options);
        return SmallModels.Weights(model);
    }

    /// <summary>After two steps the weights are no numbers, as after a step too far.</summary>
    private sealed class Spoilt(MaskedLanguageModel model, TrainingTask task) : TrainingTask
    {
        public override ParameterSet Parameters => task.Parameters;

        public override int Count => task.Count;

        public override int Length(int example) => task.Length(example);

        internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number)
        {
            if (number == 2)
                model.Engine.Write(model.Parameters["norm.weight"].Value!, 0, [float.PositiveInfinity]);
            return task.Forward(pass, examples, number);
        }
    }
}
