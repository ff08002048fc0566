using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

[TestClass]
public sealed class OptimizerTests
{
    /// <summary>optimization_test.py of google-research/bert: w reaches [.4, .2, −.5] within 1e-2 in 100 steps at a rate of .2.</summary>
    [TestMethod]
    public void As_GoogleBert_it_passes_Googles_test()
    {
        using Engine engine = CpuEngine.Create(1);
        using var parameters = new ParameterSet();
        Parameter w = Fill(engine, parameters.Add(new Parameter("w", 1, 3)), .1f, -.2f, -.1f);
        var options = new TrainingOptions { BertAdam = true, WeightDecay = 0, ClipNorm = 0, Epsilon = .5 };
        var optimizer = new Optimizer(engine, parameters, options);
        float[] target = [.4f, .2f, -.5f];
        float[] first = [];
        for (int step = 0; step < 100; step++)
        {
            float[] weights = Values(engine, w.Value!);
            engine.Write(w.Gradient!, 0, [.. weights.Select((weight, i) => 2f / 3 * (weight - target[i]))]);
            optimizer.Step(.2);
            if (step == 0)
                first = Values(engine, w.Value!);
        }
        float[] last = Values(engine, w.Value!);
        for (int i = 0; i < 3; i++)
            Assert.AreEqual(target[i], last[i], 1e-2);
        // Without correction the first step is rate · .1 g / (√.001 |g| + 1e-6), three times the rate.
        Assert.AreEqual(.1 + .2 * .1 * .2 / (Math.Sqrt(.001) * .2 + 1e-6), first[0], 1e-5);
    }

    [TestMethod]
    public void Rates_fall_from_layer_to_layer()
    {
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine);
        Dictionary<string, float[]> before = task.Weights();
        var optimizer = new Optimizer(engine, task.Parameters,
            new TrainingOptions { LayerDecay = .5, ClipNorm = 0, WeightDecay = 0, Epsilon = 1e-12 });
        foreach (Parameter parameter in task.Parameters.All)
            engine.Write(parameter.Gradient!, 0, [.. Enumerable.Repeat(1f, (int)parameter.Length)]);
        optimizer.Step(.1);
        // Adam's first step is the rate, whatever the gradient.
        foreach ((string name, double factor) in new[] { ("head.weight", 1), ("layers.2.weight", .5), ("layers.2.bias", .5),
            ("layers.1.weight", .25), ("layers.0.weight", .125), ("embeddings.tokens", .0625) })
            Assert.AreEqual(.1 * factor, before[name][1] - task.Weights()[name][1], 1e-6, name);
    }

    [TestMethod]
    public void The_average_follows_the_weights()
    {
        using Engine engine = new CpuEngine<LanesDouble, double>(2);
        using var task = new ToyTask(engine);
        var optimizer = new Optimizer(engine, task.Parameters, new TrainingOptions { EmaDecay = .3 });
        Parameter parameter = task.Parameters["embeddings.tokens"];
        double[] expected = [.. Values(engine, parameter.Value!).Select(value => (double)value)];
        for (int step = 1; step <= 5; step++)
        {
            engine.Write(parameter.Gradient!, 0, Numbers.Normal((int)parameter.Length, $"gradient {step}"));
            optimizer.Step(.1);
            double decay = Math.Min(.3, (1.0 + step) / (10 + step)); // 2/11, 3/12, then .3
            float[] values = Values(engine, parameter.Value!);
            for (int i = 0; i < expected.Length; i++)
                expected[i] = decay * expected[i] + (1 - decay) * values[i];
        }
        float[] raw = Values(engine, parameter.Value!);
        optimizer.ExchangeAverages();
        float[] average = Values(engine, parameter.Value!);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], average[i], 1e-6);
        CollectionAssert.AreNotEqual(raw, average);
        optimizer.ExchangeAverages();
        CollectionAssert.AreEqual(raw, Values(engine, parameter.Value!));
    }

    [TestMethod]
    public void Frozen_parameters_keep_their_values_and_hold_nothing_else()
    {
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine);
        Dictionary<string, float[]> before = task.Weights();
        Trainer.Run(engine, task, new TrainingOptions { FrozenLayers = 2, LearningRate = .1, WeightDecay = 1, EmaDecay = .5 });
        foreach (Parameter parameter in task.Parameters.All)
        {
            bool frozen = parameter.Name is not ("head.weight" or "layers.2.weight" or "layers.2.bias");
            Assert.AreEqual(frozen, before[parameter.Name].AsSpan().SequenceEqual(task.Weights()[parameter.Name]), parameter.Name);
            Assert.AreEqual(frozen, parameter is { Gradient: null, FirstMoment: null, SecondMoment: null, Average: null }, parameter.Name);
        }

        // A training after that may let them learn again, and freezes nothing of its own accord.
        Trainer.Run(engine, task, new TrainingOptions { LearningRate = .1 });
        Assert.IsTrue(task.Parameters.All.All(parameter => !before[parameter.Name].AsSpan().SequenceEqual(task.Weights()[parameter.Name])));
    }

    /// <summary>What learns gets the very gradients that it gets when nothing is frozen.</summary>
    [TestMethod]
    [DataRow("bert")]
    [DataRow("modernbert")]
    [DataRow("electra")]
    [DataRow("albert")]
    public void Freezing_leaves_the_other_gradients_as_they_are(string family)
    {
        using Engine engine = CpuEngine.Create(2);
        using MaskedLanguageModel model = TrainerTests.Model(family, engine);
        MaskedDiffusionTask task = TrainerTests.Task(model);
        Dictionary<string, float[]> all = Gradients(new TrainingOptions());
        foreach (TrainingOptions options in
            new TrainingOptions[] { new() { FreezeEmbeddings = true }, new() { FrozenLayers = 1 }, new() { FrozenLayers = 2 } })
        {
            Dictionary<string, float[]> some = Gradients(options);
            Assert.IsLessThan(all.Count, some.Count);
            Assert.IsFalse(some.ContainsKey("embeddings.tokens"), "the decoder that is the token table is frozen with it");
            foreach ((string name, float[] gradient) in some)
                Comparison.AssertSameBits(all[name], gradient, name);
        }

        Dictionary<string, float[]> Gradients(TrainingOptions options)
        {
            var optimizer = new Optimizer(engine, task.Parameters, options);
            optimizer.ClearGradients();
            using Pass pass = Pass.ForTraining(engine);
            pass.Begin(5);
            task.Forward(pass, [1, 2, 3, 4, 5], 9);
            pass.Backward();
            return optimizer.Learning.ToDictionary(parameter => parameter.Name, parameter => Values(engine, parameter.Gradient!));
        }
    }

    [TestMethod]
    public void More_layers_than_there_are_or_nothing_that_learns_is_an_error()
    {
        using Engine engine = CpuEngine.Create(1);
        using var task = new ToyTask(engine);
        Refused(new TrainingOptions { FrozenLayers = 4 }, "FrozenLayers is 4; expected at most the model's 3 layers");
        Refused(new TrainingOptions { ReinitializedLayers = 4 },
            "ReinitializedLayers is 4; expected at most the 3 of 3 layers that are not frozen");
        Refused(new TrainingOptions { FrozenLayers = 2, ReinitializedLayers = 2 },
            "expected at most the 1 of 3 layers that are not frozen");
        using var parameters = new ParameterSet();
        Fill(engine, parameters.Add(new Parameter("tokens", 1, 2, ParameterRole.Table, ModelPart.Embeddings)), 1, 2);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => new Optimizer(engine, parameters, new TrainingOptions { FreezeEmbeddings = true })).Message, "there is nothing to train");

        void Refused(TrainingOptions options, string part) =>
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Trainer.Run(engine, task, options)).Message, part);
    }

    private static Parameter Fill(Engine engine, Parameter parameter, params float[] values)
    {
        parameter.Value = engine.CreateBuffer(values.Length);
        engine.Write(parameter.Value, 0, values);
        return parameter;
    }

    private static float[] Values(Engine engine, DeviceBuffer buffer)
    {
        float[] values = new float[buffer.Length];
        engine.Read(buffer, 0, values);
        return values;
    }
}
