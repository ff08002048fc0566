using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tests.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Layers that are run again in the backward: the gradients are those of layers that keep
/// everything, bit for bit, in less memory.</summary>
[TestClass]
public sealed class RecomputationTests
{
    private const int Rows = 7, Width = 6;

    /// <summary>A layer that is frozen amid others that learn, all but the top layer frozen, and a result that losses read too, before
    /// the next layer does and after.</summary>
    [TestMethod]
    [DataRow(-1, -1)]
    [DataRow(1, -1)]
    [DataRow(2, -1)]
    [DataRow(-1, 0)]
    [DataRow(1, 1)]
    public void Gradients_are_those_of_layers_that_keep_everything(int frozen, int read)
    {
        using var stack = new Stack(layers: 3);
        if (frozen >= 0)
            stack.Freeze(frozen);
        Dictionary<string, float[]> expected = stack.Gradients(recompute: false, read);
        Assert.IsTrue(expected.Values.All(gradient => gradient.Any(value => value != 0)));
        TinyModels.AssertSameWeights(expected, stack.Gradients(recompute: true, read));
    }

    [TestMethod]
    public void Below_the_first_layer_that_learns_nothing_is_run_again()
    {
        using var stack = new Stack(layers: 3);
        stack.Freeze(0, 1);
        stack.FreezeInput();
        Dictionary<string, float[]> expected = stack.Gradients(recompute: false);
        stack.Forwards.Clear();
        TinyModels.AssertSameWeights(expected, stack.Gradients(recompute: true));
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 2 }, stack.Forwards);
    }

    [TestMethod]
    public void A_run_that_is_given_up_inside_a_layer_leaves_no_trace()
    {
        using var stack = new Stack(layers: 3);
        Dictionary<string, float[]> expected = stack.Gradients(recompute: false);
        using Pass pass = Pass.ForTraining(stack.Engine, recompute: true);
        stack.GiveUpAt = 5; // the second layer, run again
        Assert.ThrowsExactly<OperationCanceledException>(() => stack.Gradients(pass));
        stack.GiveUpAt = 0;
        TinyModels.AssertSameWeights(expected, stack.Gradients(pass));
    }

    /// <summary>For twelve layers, less than a third; without dropout and with it, and no more for a second run.</summary>
    [TestMethod]
    [DataRow("bert", 0)]
    [DataRow("bert", .1)]
    [DataRow("modernbert", .1)]
    [DataRow("albert", .1)]
    public void Activations_of_a_deep_model_take_less_than_a_third(string family, double dropout)
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = SmallModels.Create(family, engine, change: c => c.WithDropout(dropout) with
        {
            Layers = 12, HiddenSize = 32, MaxLength = 64, Attention = c.Attention with { Dropout = dropout, OutputDropout = dropout },
            FeedForward = c.FeedForward with { Width = 128, Dropout = dropout },
        });
        model.PrepareForTraining();
        var batch = new RaggedTokens();
        for (int i = 0; i < 4; i++)
            batch.Append(Numbers.Integers(50 + i, 23, $"tokens {i}"));
        (long kept, double loss) = Peak(recompute: false);
        (long recomputed, double sameLoss) = Peak(recompute: true);
        Assert.AreEqual(loss, sameLoss);
        Assert.IsLessThan(kept, 3 * recomputed, $"{kept:N0} elements where everything is kept, {recomputed:N0} where layers are run again");

        (long, double) Peak(bool recompute)
        {
            using Pass pass = Pass.ForTraining(engine, recompute: recompute);
            double loss = 0;
            long first = 0;
            for (int run = 0; run < 2; run++)
            {
                pass.Begin(dropoutKey: 3);
                Tensor rows = pass.Gather(model.Encoder.Forward(pass, batch), [3, 60, 120]);
                Loss late = model.Head.Loss(pass, model.Head.Transform(pass, rows), [1, 2, 3], [1, 1, 1]);
                pass.Backward();
                loss = pass.Read(late);
                first = run == 0 ? pass.PeakElements : first;
            }
            Assert.AreEqual(first, pass.PeakElements);
            return (first, loss);
        }
    }

    /// <summary>Layers that add dropout(gelu(linear(x))) to x, in pairs of residual and branch as pre-norm
    /// layers do, from an input to a loss.</summary>
    private sealed class Stack : IDisposable
    {
        private readonly Dictionary<string, Parameter> _parameters = [];
        private readonly Parameter _input;
        private readonly Parameter _probe;
        private readonly Layer[] _layers;

        public Stack(int layers)
        {
            _input = Parameter("input", Rows);
            _probe = Parameter("probe", 5);
            _layers = [.. Enumerable.Range(0, layers).Select(i => new Layer(this, i, Parameter($"layer {i}", Width)))];
        }

        public Engine Engine { get; } = CpuEngine.Create(1);

        /// <summary>Which layers were run, in order.</summary>
        public List<int> Forwards { get; } = [];

        /// <summary>The run of a layer, from 1, that is canceled; 0 for none.</summary>
        public int GiveUpAt { get; set; }

        public void Freeze(params int[] layers)
        {
            foreach (int layer in layers)
                Freeze(_layers[layer].Weight);
        }

        public void FreezeInput() => Freeze(_input);

        public Dictionary<string, float[]> Gradients(bool recompute, int read = -1)
        {
            using Pass pass = Pass.ForTraining(Engine, recompute: recompute);
            return Gradients(pass, read);
        }

        public Dictionary<string, float[]> Gradients(Pass pass, int read = -1)
        {
            Parameter[] learning = [.. _parameters.Values.Where(parameter => parameter.Gradient is not null)];
            foreach (Parameter parameter in learning)
                Engine.Clear(parameter.Gradient!);
            Forwards.Clear();
            pass.Begin(dropoutKey: 5);
            Tensor x = pass.Embed(_input, Numbers.Range(Rows));
            Tensor? branch = null, between = null;
            for (int i = 0; i < _layers.Length; i++)
            {
                (x, branch) = pass.Run(_layers[i], x, branch, pass.SequencesOf([0, 3, Rows]));
                if (i != read)
                    continue;
                between = x;
                Lose(pass, pass.Gather(x, [0, 2, 2]));
            }
            if (between is Tensor result)
                Lose(pass, pass.Gather(result, [1, 2]));
            Lose(pass, pass.Add(x, branch!.Value));
            pass.Backward();
            return learning.ToDictionary(parameter => parameter.Name, parameter =>
            {
                var gradient = new float[parameter.Length];
                Engine.Read(parameter.Gradient!, 0, gradient);
                return gradient;
            });
        }

        public void Dispose()
        {
            foreach (Parameter parameter in _parameters.Values)
                parameter.Dispose();
            Engine.Dispose();
        }

        private void Lose(Pass pass, Tensor y) =>
            pass.LinearCrossEntropy(y, _probe, null, Numbers.Integers(y.Rows, 5, "targets"), Numbers.Normal(y.Rows, "weights"));

        private Parameter Parameter(string name, int rows)
        {
            var parameter = new Parameter(name, rows, Width)
            {
                Value = Engine.CreateBuffer(rows * Width), Gradient = Engine.CreateBuffer(rows * Width)
            };
            Engine.Write(parameter.Value, 0, Numbers.Normal(rows * Width, name));
            _parameters.Add(name, parameter);
            return parameter;
        }

        private static void Freeze(Parameter parameter)
        {
            parameter.Gradient!.Dispose();
            parameter.Gradient = null;
        }

        private sealed class Layer(Stack stack, int index, Parameter weight) : ILayer
        {
            public Parameter Weight => weight;

            public (Tensor Residual, Tensor? Branch) Forward(Pass pass, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias)
            {
                stack.Forwards.Add(index);
                if (stack.Forwards.Count == stack.GiveUpAt)
                    throw new OperationCanceledException();
                if (branch is Tensor added)
                    residual = pass.Add(residual, added);
                return (pass.Dropout(residual, .2), pass.Dropout(pass.Linear(residual, weight, null, Activation.Gelu), .3));
            }
        }
    }
}
