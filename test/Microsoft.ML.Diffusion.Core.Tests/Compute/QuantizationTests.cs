using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Linear layers in 8-bit integers; <see cref="SimdTests"/> compares every instruction set with <see cref="QuantizedReference"/>.</summary>
[TestClass]
public class QuantizationTests
{
    private const int Inputs = 70, Outputs = 35;
    private static readonly float[] s_weight = Numbers.Normal(Outputs * Inputs, "weight"), s_bias = Numbers.Normal(Outputs, "bias");

    [TestMethod]
    public void A_row_is_the_same_alone_in_a_batch_and_on_any_number_of_threads()
    {
        const int rows = 401;
        float[] x = Numbers.Normal(rows * Inputs, "rows");
        float[] expected = Multiply(x, threads: 1);
        CollectionAssert.AreEqual(expected, Multiply(x, threads: 2));
        CollectionAssert.AreEqual(expected, Multiply(x, threads: 3));
        for (int row = 0; row < rows; row += 57)
            CollectionAssert.AreEqual(expected[(row * Outputs)..((row + 1) * Outputs)], Multiply(x[(row * Inputs)..((row + 1) * Inputs)], threads: 2));
    }

    [TestMethod]
    public void It_is_close_to_the_product_of_floats()
    {
        float[] x = Numbers.Normal(50 * Inputs, "rows"), rounded = Multiply(x, threads: 2), exact = Multiply(x, threads: 2, quantize: false);
        double error = 0, size = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            error += Math.Pow(rounded[i] - exact[i], 2);
            size += Math.Pow(exact[i], 2);
        }
        // Two factors, each rounded to 1/127 of about 2.5 deviations: √2 · 2.5 / 127 / √12.
        Assert.IsLessThan(.015, Math.Sqrt(error / size));
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
    public void What_comes_back_are_the_rounded_values_and_rounding_them_again_changes_nothing()
    {
        using Engine engine = CpuEngine.Create(threads: 1);
        using Parameter weight = Weight(engine);
        engine.Quantize(weight);
        float[] packed = new float[s_weight.Length], plain = new float[s_weight.Length];
        engine.Read(weight, 0, packed);
        engine.Unpack(weight);
        engine.Read(weight.Value!, 0, plain);
        CollectionAssert.AreEqual(packed, plain);
        engine.Quantize(weight);
        engine.Read(weight, 0, packed);
        CollectionAssert.AreEqual(plain, packed);
        for (int row = 0; row < Outputs; row++)
        {
            (int[] integers, double scale) = QuantizedReference.RoundWeights(s_weight.AsSpan(row * Inputs, Inputs));
            for (int i = 0; i < Inputs; i++)
                Assert.AreEqual(integers[i] * scale, plain[row * Inputs + i]);
        }
    }

    [TestMethod]
    public void Only_floats_are_rounded()
    {
        using CpuEngine<LanesDouble, double> engine = new(threads: 1);
        using Parameter weight = Weight(engine);
        Assert.ThrowsExactly<NotSupportedException>(() => engine.Quantize(weight));
    }

    private static float[] Multiply(float[] x, int threads, bool quantize = true)
    {
        using Engine engine = CpuEngine.Create(threads);
        using Parameter weight = Weight(engine), bias = new("b", 1, Outputs, ParameterRole.Bias) { Value = engine.CreateBuffer(Outputs) };
        engine.Write(bias.Value!, 0, s_bias);
        if (quantize)
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
