using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Linear layers in 8-bit integers, beyond what the conformance suite asks of every engine: the
/// integers themselves, and any number of threads. <see cref="SimdTests"/> compares every instruction
/// set with <see cref="QuantizedReference"/>.
/// </summary>
[TestClass]
public class QuantizationTests
{
    private const int Inputs = 70, Outputs = 35;
    private static readonly float[] s_weight = Numbers.Normal(Outputs * Inputs, "weight"), s_bias = Numbers.Normal(Outputs, "bias");

    [TestMethod]
    public void A_row_is_the_same_on_any_number_of_threads()
    {
        const int rows = 401;
        float[] x = Numbers.Normal(rows * Inputs, "rows");
        float[] expected = Multiply(x, threads: 1);
        CollectionAssert.AreEqual(expected, Multiply(x, threads: 2));
        CollectionAssert.AreEqual(expected, Multiply(x, threads: 3));
    }

    [TestMethod]
    public void Rows_of_zeros_are_the_bias_and_rows_with_NaN_are_NaN()
    {
        float[] x = new float[3 * Inputs];
        x[Inputs + 3] = float.NaN;
        x[2 * Inputs] = float.PositiveInfinity;
        float[] y = Multiply(x, threads: 1);
        CollectionAssert.AreEqual(s_bias, y[..Outputs]);
        Assert.IsTrue(Array.TrueForAll(y[Outputs..], float.IsNaN));
    }

    [TestMethod]
    public void What_comes_back_are_the_integers_times_their_scale()
    {
        using Engine engine = CpuEngine.Create(threads: 1);
        using Parameter weight = Weight(engine);
        engine.Quantize(weight);
        float[] plain = new float[s_weight.Length];
        engine.Read(weight, 0, plain);
        for (int row = 0; row < Outputs; row++)
        {
            (int[] integers, double scale) = QuantizedReference.RoundWeights(s_weight.AsSpan(row * Inputs, Inputs));
            for (int i = 0; i < Inputs; i++)
                Assert.AreEqual(integers[i] * scale, plain[row * Inputs + i]);
        }
    }

    private static float[] Multiply(float[] x, int threads)
    {
        using Engine engine = CpuEngine.Create(threads);
        using Parameter weight = Weight(engine), bias = new("b", 1, Outputs, ParameterRole.Bias) { Value = engine.CreateBuffer(Outputs) };
        engine.Write(bias.Value!, 0, s_bias);
        engine.Quantize(weight);
        using Pass pass = Pass.ForInference(engine);
        pass.Begin();
        float[] y = new float[x.Length / Inputs * Outputs];
        pass.Read(pass.Linear(pass.Write(x.Length / Inputs, Inputs, x), weight, bias), y);
        return y;
    }

    private static Parameter Weight(Engine engine)
    {
        var weight = new Parameter("w", Outputs, Inputs) { Value = engine.CreateBuffer(Outputs * Inputs) };
        engine.Write(weight.Value!, 0, s_weight);
        return weight;
    }
}
