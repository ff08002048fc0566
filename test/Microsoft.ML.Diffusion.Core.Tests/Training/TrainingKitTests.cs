using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Tests.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

/// <summary>Accumulation, fresh layers, validation, early stopping, the best weights, the report.</summary>
[TestClass]
public sealed class TrainingKitTests
{
    /// <summary>In float64, so that nothing but the order of additions differs; the examples' weights differ,
    /// so a mean of means would show.</summary>
    [TestMethod]
    [DataRow(1, 6)]
    [DataRow(2, 3)]
    [DataRow(4, 2)]
    public void Batches_that_add_up_to_a_step_are_one_large_batch(int batchSize, int accumulation)
    {
        using Engine engine = new CpuEngine<LanesDouble, double>(1);
        using ToyTask large = new(engine, count: 6), small = new(engine, count: 6);
        var options = new TrainingOptions { Epochs = 4, BatchSize = 6, LearningRate = .05, Decay = RateDecay.Constant, ClipNorm = .1 };
        TrainingReport whole = Trainer.Run(engine, large, options);
        TrainingReport parts = Trainer.Run(engine, small, options with { BatchSize = batchSize, AccumulationSteps = accumulation });
        Assert.AreEqual(4, whole.Rows[^1].Steps);
        Assert.AreEqual(4, parts.Rows[^1].Steps);
        Assert.AreEqual(whole.Rows[^1].Tokens, parts.Rows[^1].Tokens);
        CollectionAssert.AreEqual(whole.Rows.Select(row => Math.Round(row.Loss, 10)).ToArray(),
            parts.Rows.Select(row => Math.Round(row.Loss, 10)).ToArray());
        foreach ((string name, float[] values) in large.Weights())
        {
            float[] other = small.Weights()[name];
            for (int i = 0; i < values.Length; i++)
                Assert.AreEqual(values[i], other[i], 1e-7, name);
        }
    }

    [TestMethod]
    public void The_last_step_takes_the_batches_that_are_left()
    {
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine, count: 30);
        TrainingReport report =
            Trainer.Run(engine, task, new TrainingOptions { Epochs = 1.5, BatchSize = 5, AccumulationSteps = 4, ReportInterval = 1 });
        Assert.HasCount(9, task.Batches);
        CollectionAssert.AreEqual(new[] { 4 / 6.0, 8 / 6.0, 1.5 }, report.Rows.Select(row => row.Epoch).ToArray());
        Assert.IsNotNull(report.Rows[1].Validation, "the first epoch ended within the second step");
        Assert.IsNull(report.Rows[0].Validation);
    }

    [TestMethod]
    public void Top_layers_start_afresh_and_the_rest_does_not()
    {
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine, count: 1000);
        Dictionary<string, float[]> before = task.Weights();
        Trainer.Run(engine, task,
            new TrainingOptions
                {
                    Epochs = .001, BatchSize = 1, LearningRate = 1e-9, ReinitializedLayers = 2, EmaDecay = .99, WeightDecay = 0
                });
        Dictionary<string, float[]> after = task.Weights();
        foreach ((string name, float[] values) in before)
        {
            bool fresh = name.StartsWith("layers.1", StringComparison.Ordinal) || name.StartsWith("layers.2", StringComparison.Ordinal);
            double change = values.Zip(after[name], (a, b) => Math.Abs(a - b)).Max();
            Assert.AreEqual(fresh, change > .01, name);
            if (fresh && name.EndsWith(".bias", StringComparison.Ordinal))
                Assert.IsTrue(after[name].All(value => Math.Abs(value) < 1e-6), name);
            if (fresh && name.EndsWith(".weight", StringComparison.Ordinal))
                Assert.AreEqual(.3, Math.Sqrt(after[name].Average(value => (double)value * value)), .12, name);
        }
        CollectionAssert.AreNotEqual(after["layers.1.weight"], after["layers.2.weight"]);
    }

    [TestMethod]
    [DataRow(true, 2)]
    [DataRow(false, 6)]
    public void The_best_weights_are_the_result_unless_the_last_are_requested(bool keepBest, int kept)
    {
        using Engine engine = CpuEngine.Create(1);
        double[] accuracies = [.5, .7, .8, .75, .6, .8, .1];
        using var task = new ToyTask(engine) { Script = i => new Metric("accuracy", accuracies[i]) };
        TrainingReport report = Trainer.Run(engine, task,
            new TrainingOptions { Epochs = 7, BatchSize = 5, LearningRate = .05, KeepBest = keepBest, EmaDecay = .7 });
        Assert.HasCount(7, task.Evaluated);
        TinyModels.AssertSameWeights(task.Evaluated[kept], task.Weights());
        Assert.AreEqual(18, report.BestStep);
        Assert.AreEqual(.8, report.Best!.Deciding.Value);
        Assert.AreEqual(TrainingStop.Completed, report.Stop);
    }

    [TestMethod]
    public void What_is_measured_is_the_average_and_training_goes_on_from_the_raw_weights()
    {
        using Engine engine = CpuEngine.Create(1);
        using ToyTask plain = new(engine), averaged = new(engine);
        var options = new TrainingOptions { Epochs = 4, BatchSize = 5, LearningRate = .05, KeepBest = false };
        Trainer.Run(engine, plain, options);
        Trainer.Run(engine, averaged, options with { EmaDecay = .9 });
        CollectionAssert.AreNotEqual(plain.Evaluated[1]["head.weight"], averaged.Evaluated[1]["head.weight"]);
        TinyModels.AssertSameWeights(averaged.Evaluated[^1], averaged.Weights());
        // The raw weights, which now stand where the average was, are those of a training without one.
        foreach (Parameter parameter in averaged.Parameters.All)
        {
            float[] raw = new float[parameter.Length];
            engine.Read(parameter.Average!, 0, raw);
            Comparison.AssertSameBits(plain.Weights()[parameter.Name], raw, parameter.Name);
        }
    }

    [TestMethod]
    public void Without_improvement_it_stops_when_patience_ends()
    {
        // Lower is better; improvements of .1 or less do not count, though the last of them is best.
        double[] losses = [3, 2, 1.95, 2.5, 1.9, 1];
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine) { Script = i => new Metric("loss", losses[i], HigherIsBetter: false) };
        var options = new TrainingOptions { Epochs = 6, BatchSize = 5, LearningRate = .05, Patience = 3, MinImprovement = .1 };
        TrainingReport report = Trainer.Run(engine, task, options);
        Assert.AreEqual(TrainingStop.OutOfPatience, report.Stop);
        Assert.HasCount(5, task.Evaluated);
        Assert.AreEqual(30, report.BestStep);
        TinyModels.AssertSameWeights(task.Evaluated[4], task.Weights());

        using var patient = new ToyTask(engine) { Script = i => new Metric("loss", losses[i], HigherIsBetter: false) };
        Assert.AreEqual(TrainingStop.Completed, Trainer.Run(engine, patient, options with { Patience = 4 }).Stop);
        Assert.HasCount(6, patient.Evaluated);
    }

    [TestMethod]
    public void A_metric_that_is_no_number_is_never_best()
    {
        using Engine engine = CpuEngine.Create(1);
        double[] accuracies = [double.NaN, .2, double.NaN];
        using var task = new ToyTask(engine) { Script = i => new Metric("accuracy", accuracies[i]) };
        TrainingReport report = Trainer.Run(engine, task, new TrainingOptions { Epochs = 3, BatchSize = 5 });
        Assert.AreEqual(12, report.BestStep);
        TinyModels.AssertSameWeights(task.Evaluated[1], task.Weights());
    }

    [TestMethod]
    public void The_report_is_a_table()
    {
        using Engine engine = CpuEngine.Create(1);
        double[] accuracies = [.5, .25];
        using var task = new ToyTask(engine) { Script = i => new Metric("accuracy, all \"classes\"", accuracies[i]) };
        TrainingReport report = Trainer.Run(engine, task, new TrainingOptions { Epochs = 2, BatchSize = 5, ReportInterval = 4 });
        CollectionAssert.AreEqual(new long[] { 4, 6, 8, 12 }, report.Rows.Select(row => row.Step).ToArray());
        string[] csv = report.ToCsv().TrimEnd('\n').Split('\n');
        Assert.AreEqual("step,epoch,tokens,seconds,loss,rate,\"accuracy, all \"\"classes\"\"\",best", csv[0]);
        Assert.HasCount(5, csv);
        StringAssert.StartsWith(csv[2], "6,1,73,");
        StringAssert.EndsWith(csv[2], ",0.5,*");
        StringAssert.EndsWith(csv[1], ",,");
        StringAssert.EndsWith(csv[4], ",0.25,");
        string[] text = report.ToString().Split('\n');
        StringAssert.StartsWith(text[0].TrimStart(), "step  epoch  tokens");
        Assert.HasCount(1, text[..^1].Select(line => line.Length).Distinct().ToArray(), "columns stand under each other");
        Assert.AreEqual("All steps were made. Best validation at step 6: accuracy, all \"classes\" 0.5000.", text[^1]);
    }

    [TestMethod]
    public void Bad_options_say_what_was_given()
    {
        Refused(new TrainingOptions { BatchSize = -1 }, "BatchSize is -1");
        Refused(new TrainingOptions { AccumulationSteps = 0 }, "AccumulationSteps is 0");
        Refused(new TrainingOptions { LayerDecay = 1.1 }, "LayerDecay is 1.1");
        Refused(new TrainingOptions { FrozenLayers = -1 }, "FrozenLayers is -1");
        Refused(new TrainingOptions { ReinitializedLayers = -1 }, "ReinitializedLayers is -1");
        Refused(new TrainingOptions { EmaDecay = 1 }, "EmaDecay is 1");
        Refused(new TrainingOptions { Patience = -1 }, "Patience is -1");
        Refused(new TrainingOptions { MinImprovement = double.NaN }, "MinImprovement is NaN");
        Refused(new TrainingOptions { CheckpointDirectory = "" }, "CheckpointDirectory is empty or whitespace");
        Refused(new TrainingOptions { CheckpointDirectory = "   " }, "CheckpointDirectory is empty or whitespace");

        static void Refused(TrainingOptions options, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(options.Validate).Message, part);
    }
}
