using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Dropout of elements, whose words every engine draws alike.</summary>
internal static class DropoutCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("dropout: elements are dropped by the words that the seam names", ByTheWords),
        new("dropout: forward and backward in many shapes, overwritten and added to", Shapes),
        .. ((double[])[.1, .5, .9]).Select(rate =>
            new ConformanceCase($"dropout: at a rate of {rate} it keeps the mean", e => Rate(e, rate))),
        new("dropout: none without training, without dropout, or at a rate of 0", None),
    ];

    private static void ByTheWords(EngineUnderTest e)
    {
        const int rows = 37, width = 51;
        using Executor executor = e.Engine.CreateExecutor();
        Tensor x = executor.Allocate(rows, width), y = executor.Allocate(rows, width);
        float[] values = Numbers.Normal(rows * width, "x"), dropped = new float[rows * width];
        executor.Write(x, values);
        executor.Dropout(x, .25, 99, y, accumulate: false);
        executor.Read(y, dropped);
        Comparison.AssertClose([.. values.Select((value, i) => value * Formulas.Kept(.25, 99, 0, i))], dropped, e.Tolerances.Forward,
            "what is kept");
        for (int i = 0; i < values.Length; i++)
            Assert.AreEqual(Formulas.Kept(.25, 99, 0, i) == 0, dropped[i] == 0, $"element {i}");
    }

    private static void Shapes(EngineUnderTest e)
    {
        foreach ((int rows, int width) in ((int, int)[])[(1, 1), (1, 3), (5, 7), (3, 16), (33, 33)])
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                e.AssertPrimitive($"{rows} × {width}, accumulate: {accumulate}", p =>
                {
                    Tensor y = p.Target(rows, width, accumulate);
                    p.Executor.Dropout(p.Input("x", rows, width), .3, 12345678901234567, y, accumulate);
                    p.Result("y", y);
                });
            }
        }
    }

    private static void Rate(EngineUnderTest e, double rate)
    {
        const int rows = 100, width = 101, count = rows * width;
        using Pass pass = Pass.ForTraining(e.Engine);
        float[] ones = new float[count];
        Array.Fill(ones, 1);
        float[] first = Draw(1), again = Draw(1), other = Draw(2);
        Comparison.AssertSameBits(first, again, "the same key");
        double deviation = Math.Sqrt(rate * (1 - rate) / count);
        foreach (float[] y in (float[][])[first, other])
        {
            Assert.IsTrue(y.All(value => value == 0 || Math.Abs(value * (1 - rate) - 1) < Math.Max(1e-6, e.Tolerances.Forward)));
            Assert.AreEqual(rate, y.Count(value => value == 0) / (double)count, 6 * deviation);
        }
        // Two keys drop independently of each other. The draws are fixed, so this holds always or never.
        double both = first.Zip(other).Count(pair => pair.First == 0 && pair.Second == 0) / (double)count;
        Assert.AreEqual(rate * rate, both, 6 * Math.Sqrt(rate * rate * (1 - rate * rate) / count));

        float[] Draw(ulong key)
        {
            pass.Begin(key);
            return EngineUnderTest.Read(pass, pass.Dropout(pass.Write(rows, width, ones), rate));
        }
    }

    private static void None(EngineUnderTest e)
    {
        using Pass training = Pass.ForTraining(e.Engine), without = Pass.ForTraining(e.Engine, withDropout: false);
        foreach ((Pass pass, double rate) in ((Pass, double)[])[(training, 0), (without, .5), (e.Inference, .5)])
        {
            pass.Begin(3);
            float[] values = Numbers.Normal(6 * 36, "x");
            Tensor x = pass.Write(6, 36, values);
            e.AssertHeld(values, EngineUnderTest.Read(pass, pass.Dropout(x, rate)), "elements");
            Tensor y = pass.Attend(x, pass.SequencesOf([0, 6]), 3, AttentionPattern.Full, dropout: rate);
            Comparison.AssertClose(
                Formulas.Attend(values, [0, 6], 3, 4, AttentionPattern.Full, null), EngineUnderTest.Read(pass, y), e.Tolerances.Forward,
                "attention");
        }
    }
}
