using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Tests.Encoders;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The gradient of a bias that all layers' attention shares, where layers are run again in the backward.</summary>
[TestClass]
public sealed class RecomputedBiasTests
{
    private const int Heads = 2, Width = 6, Rows = 9;
    private static readonly int[] s_bounds = [0, 5, 6, Rows];

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void It_is_that_of_layers_that_keep_everything(bool isReadBefore)
    {
        using CpuEngine engine = CpuEngine.Create(2);
        Dictionary<string, Parameter> parameters = [];
        try
        {
            Dictionary<string, float[]> expected = Gradients(recompute: false);
            Assert.IsTrue(expected.Values.All(gradient => gradient.Any(value => value != 0)));
            TinyModels.AssertSameWeights(expected, Gradients(recompute: true));
        }
        finally
        {
            foreach (Parameter parameter in parameters.Values)
                parameter.Dispose();
        }

        Dictionary<string, float[]> Gradients(bool recompute)
        {
            using Pass pass = Pass.ForTraining(engine, recompute: recompute);
            Run(pass);
            engine.ClearGradients([.. parameters.Values]);
            Run(pass);
            pass.Backward();
            return parameters.ToDictionary(pair => pair.Key, pair =>
            {
                var gradient = new float[pair.Value.Length];
                engine.Read(pair.Value.Gradient!, 0, gradient);
                return gradient;
            });
        }

        void Run(Pass pass)
        {
            pass.Begin(dropoutKey: 5);
            Sequences sequences = pass.SequencesOf(s_bounds);
            // A bias that has a layer of its own before it, so that something below learns from it.
            Tensor bias = pass.Linear(pass.Embed(Named("bias", 9, 4), Numbers.Range(9)), Named("mixed", Heads, 4), null);
            Tensor x = pass.Embed(Named("input", Rows, Width), Numbers.Range(Rows));
            for (int i = 0; i < 3; i++)
                x = pass.Run(new Layer(Named($"layer {i}", 3 * Width, Width)), x, null, sequences, bias).Residual;
            if (isReadBefore)
                x = pass.Add(x,
                    pass.Attend(pass.Linear(x, Named("last", 3 * Width, Width), null), sequences, Heads, AttentionPattern.Full, bias));
            pass.LinearCrossEntropy(x, Named("probe", 5, Width), null, Numbers.Integers(Rows, 5, "targets"),
                Numbers.Normal(Rows, "weights"));
        }

        Parameter Named(string name, int rows, int columns)
        {
            if (parameters.TryGetValue(name, out Parameter? parameter))
                return parameter;
            parameters.Add(name, parameter = new Parameter(name, rows, columns));
            engine.CreateValues(parameter);
            engine.Write(parameter, 0, Numbers.Normal(rows * columns, name));
            engine.CreateTraining([parameter], averages: false);
            return parameter;
        }
    }

    private sealed class Layer(Parameter weight) : ILayer
    {
        public (Tensor Residual, Tensor? Branch) Forward(Pass pass, Tensor residual, Tensor? branch, Sequences sequences, Tensor? bias) =>
            (pass.Add(residual,
                pass.Attend(pass.Linear(residual, weight, null), sequences, Heads, AttentionPattern.Causal, bias, dropout: .2)), null);
    }
}
