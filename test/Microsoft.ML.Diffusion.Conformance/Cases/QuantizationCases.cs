using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Weights in 8-bit integers; of an engine that has none, that it says so.</summary>
internal static class QuantizationCases
{
    private const int Inputs = 70, Outputs = 35;
    private static readonly float[] s_weight = Numbers.Normal(Outputs * Inputs, "weight"), s_bias = Numbers.Normal(Outputs, "bias");

    public static ConformanceCase[] All { get; } =
    [
        new("quantized: the engine says whether it rounds, and refuses where it does not", Says),
        Where("quantized: products are close to those of floats", Close),
        Where("quantized: a row is the same alone and in a batch", AloneAndInABatch),
        Where("quantized: rows of zeros give the bias", Zeros),
        Where("quantized: rounded values come back, and rounding them again changes nothing", RoundedAgain),
        Where("quantized: a weight that was packed is rounded as a plain one", PackedBefore),
    ];

    private static ConformanceCase Where(string name, Action<EngineUnderTest> run) => new(name, e =>
    {
        if (e.Tolerances.Quantizes)
            run(e);
    });

    private static void Says(EngineUnderTest e)
    {
        Assert.AreEqual(e.Tolerances.Quantizes, e.Engine.CanQuantize);
        Parameter weight = Weight(e);
        if (e.Engine.CanQuantize)
        {
            e.Engine.Quantize(weight);
            Assert.IsNotNull(weight.Packed);
            return;
        }
        StringAssert.Contains(Assert.ThrowsExactly<NotSupportedException>(() => e.Engine.Quantize(weight)).Message, e.Engine.Name);
        Comparison.AssertSameBits(s_weight, e.Read(weight), "after the refusal");
    }

    private static void Close(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(50 * Inputs, "rows"), rounded = Multiply(e, x, Quantized(e)), exact = Multiply(e, x, Weight(e));
        double error = 0, size = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            error += Math.Pow(rounded[i] - exact[i], 2);
            size += Math.Pow(exact[i], 2);
        }
        // Two factors, each rounded to 1/127 of about 2.5 deviations: √2 · 2.5 / 127 / √12.
        Assert.IsLessThan(.015, Math.Sqrt(error / size));
        CollectionAssert.AreNotEqual(exact, rounded);
    }

    private static void AloneAndInABatch(EngineUnderTest e)
    {
        const int rows = 40;
        Parameter weight = Quantized(e);
        float[] x = Numbers.Normal(rows * Inputs, "rows"), batch = Multiply(e, x, weight);
        for (int row = 0; row < rows; row += 13)
        {
            float[] alone = Multiply(e, x[(row * Inputs)..((row + 1) * Inputs)], weight);
            EngineUnderTest.AssertSame(
                alone, batch.AsSpan(row * Outputs, Outputs), e.Tolerances.IsEqualInAnyBatch, e.Tolerances.Forward, $"row {row}");
        }
    }

    private static void Zeros(EngineUnderTest e) =>
        Comparison.AssertSameBits(s_bias, Multiply(e, new float[Inputs], Quantized(e)), "the bias");

    private static void RoundedAgain(EngineUnderTest e)
    {
        Parameter weight = Quantized(e);
        float[] rounded = e.Read(weight);
        Assert.IsLessThan(.02, Comparison.Error(rounded, s_weight));
        e.Engine.Unpack(weight);
        Comparison.AssertSameBits(rounded, e.Read(weight.Value), "unpacked");
        e.Engine.Quantize(weight);
        Comparison.AssertSameBits(rounded, e.Read(weight), "rounded again");
        e.Engine.Quantize(weight);
        Comparison.AssertSameBits(rounded, e.Read(weight), "and again, as it is");
    }

    private static void PackedBefore(EngineUnderTest e)
    {
        Parameter packed = Weight(e);
        e.Engine.Pack(packed);
        e.Engine.Quantize(packed);
        Comparison.AssertSameBits(e.Read(Quantized(e)), e.Read(packed), "the rounded values");
    }

    private static float[] Multiply(EngineUnderTest e, float[] x, Parameter weight)
    {
        e.Inference.Begin();
        Parameter bias = e.Parameter("b", 1, Outputs, s_bias);
        return e.Read(e.Inference.Linear(e.Inference.Write(x.Length / Inputs, Inputs, x), weight, bias));
    }

    private static Parameter Quantized(EngineUnderTest e)
    {
        Parameter weight = Weight(e);
        e.Engine.Quantize(weight);
        return weight;
    }

    private static Parameter Weight(EngineUnderTest e) => e.Parameter("w", Outputs, Inputs, s_weight);
}
