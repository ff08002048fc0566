using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>What training keeps beside values, and the steps on lists of parameters.</summary>
internal static class OptimizerCases
{
    /// <summary>Both sides of registers, and more than a block.</summary>
    private static readonly int[] s_lengths = [1, 3, 15, 16, 17, 33, 4097];

    public static ConformanceCase[] All { get; } =
    [
        new("training: moments are zero, an average is the values", Created),
        new("training: made again, moments and averages start anew", CreatedAgain),
        new("training: averages are made, or freed, on request", AveragesOnRequest),
        new("training: released, a parameter is frozen and keeps its values", Released),
        new("optimizer: gradients are cleared, a list at a time", Cleared),
        new("optimizer: the sum of squares is that of the whole list", SumOfSquares),
        new("optimizer: the sum of squares of nothing is 0", SumOfNothing),
        new("optimizer: the sum of squares of what is no number is none", SumOfNaN),
        .. AdamWSettings(),
        new("optimizer: Google's test of AdamW is passed", GooglesTest),
        new("optimizer: what is not in the list stays as it is", NotInTheList),
        new("optimizer: the average follows the values", Average),
        new("optimizer: averages and values are exchanged, and back", Exchange),
    ];

    private static IEnumerable<ConformanceCase> AdamWSettings() =>
        from s in ((double Decay, double Scale, bool Correct)[])[(0, 1, true), (.1, 1, true), (.01, .37, true), (.01, .37, false)]
        select new ConformanceCase(
            $"optimizer: AdamW is the paper's; decay {s.Decay}, scale {s.Scale}{(s.Correct ? "" : ", without bias correction")}",
            e => AdamW(e, s.Decay, s.Scale, s.Correct));

    private static void Created(EngineUnderTest e)
    {
        Parameter with = e.Learning("with", 3, 7, averages: true), without = e.Learning("without", 2, 2);
        Assert.AreEqual(21, with.Gradient!.Length);
        CollectionAssert.AreEqual(new float[21], e.Read(with.FirstMoment));
        CollectionAssert.AreEqual(new float[21], e.Read(with.SecondMoment));
        Comparison.AssertSameBits(e.Read(with), e.Read(with.Average), "the average");
        Assert.IsNull(without.Average);
    }

    private static void CreatedAgain(EngineUnderTest e)
    {
        Parameter w = e.Learning("w", 3, 7, averages: true);
        float[] values = Numbers.Normal(21, "values");
        foreach (DeviceBuffer? buffer in (DeviceBuffer?[])[w.Gradient, w.FirstMoment, w.SecondMoment, w.Average])
            e.Engine.Write(buffer!, 0, values);
        e.Engine.Write(w, 0, Array.ConvertAll(values, value => 2 * value));
        e.Engine.CreateTraining([w], averages: true);
        CollectionAssert.AreEqual(new float[21], e.Read(w.FirstMoment));
        CollectionAssert.AreEqual(new float[21], e.Read(w.SecondMoment));
        Comparison.AssertSameBits(e.Read(w), e.Read(w.Average), "the average");
        Assert.AreEqual(21, w.Gradient!.Length);
    }

    private static void AveragesOnRequest(EngineUnderTest e)
    {
        Parameter w = e.Learning("w", 3, 7);
        e.Engine.CreateTraining([w], averages: true);
        Comparison.AssertSameBits(e.Read(w), e.Read(w.Average), "the average");
        e.Engine.CreateTraining([w], averages: false);
        Assert.IsNull(w.Average);
    }

    private static void Released(EngineUnderTest e)
    {
        Parameter a = e.Learning("a", 3, 7, averages: true), b = e.Learning("b", 1, 5);
        float[] values = e.Read(a);
        e.Engine.ReleaseTraining([a, b]);
        e.Engine.ReleaseTraining([a]);
        foreach (Parameter parameter in (Parameter[])[a, b])
            Assert.IsTrue(parameter is { Gradient: null, FirstMoment: null, SecondMoment: null, Average: null });
        Comparison.AssertSameBits(values, e.Read(a), "values");
    }

    private static void Cleared(EngineUnderTest e)
    {
        Parameter[] list = WithGradients(e, "g");
        e.Engine.ClearGradients(list.AsSpan(1));
        Comparison.AssertSameBits(Numbers.Normal(s_lengths[0], "g 0"), e.Read(list[0].Gradient), "what is not in the list");
        foreach (Parameter parameter in list[1..])
            CollectionAssert.AreEqual(new float[parameter.Length], e.Read(parameter.Gradient));
    }

    private static void SumOfSquares(EngineUnderTest e)
    {
        Parameter[] list = WithGradients(e, "g");
        double[] squares = [.. s_lengths.Select((length, i) => Numbers.Normal(length, $"g {i}").Sum(value => (double)value * value))];
        for (int i = 0; i < list.Length; i++)
            Assert.AreEqual(squares[i], e.Engine.SumOfSquares([list[i]]), e.Tolerances.Loss * squares[i], $"{s_lengths[i]} elements");
        Assert.AreEqual(squares.Sum(), e.Engine.SumOfSquares(list), e.Tolerances.Loss * squares.Sum());
    }

    private static void SumOfNothing(EngineUnderTest e)
    {
        Assert.AreEqual(0, e.Engine.SumOfSquares([]));
        e.Engine.ClearGradients([]);
        e.Engine.Update([], AdamWFormula.Settings(1, .1));
        e.Engine.Average([], .5);
        e.Engine.ExchangeAverages([]);
        e.Engine.CreateTraining([], averages: true);
        e.Engine.ReleaseTraining([]);
    }

    private static void SumOfNaN(EngineUnderTest e)
    {
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity])
        {
            Parameter w = e.Learning("w", 1, 40);
            e.Engine.ClearGradients([w]);
            e.Engine.Write(w.Gradient!, 20, [value]);
            Assert.IsFalse(double.IsFinite(e.Engine.SumOfSquares([w])), $"{value}");
        }
    }

    private static void AdamW(EngineUnderTest e, double decay, double scale, bool correct)
    {
        Parameter[] list = WithGradients(e, "g");
        AdamWFormula[] expected = [.. list.Select(parameter => new AdamWFormula(e.Read(parameter)))];
        for (int step = 1; step <= 6; step++)
        {
            // A scale that changes: AdamW does not see one that stays.
            AdamWStep settings = AdamWFormula.Settings(step, rate: .01 * step, decay, step % 2 == 0 ? scale : scale * scale,
                correct: correct);
            for (int i = 0; i < list.Length; i++)
            {
                float[] gradient = Numbers.Normal(s_lengths[i], $"gradient {step} {i}");
                e.Engine.Write(list[i].Gradient!, 0, gradient);
                expected[i].Step(gradient, settings);
            }
            e.Engine.Update(list, settings);
        }
        for (int i = 0; i < list.Length; i++)
            Comparison.AssertClose(expected[i].Weights, e.Read(list[i]), e.Tolerances.Update, $"{s_lengths[i]} elements");
    }

    /// <summary>
    /// optimization_test.py of google-research/bert: w reaches [.4, .2, −.5] under the mean squared distance, without bias correction.
    /// </summary>
    private static void GooglesTest(EngineUnderTest e)
    {
        Parameter w = e.Parameter("w", 1, 3, [.1f, -.2f, -.1f]);
        e.Engine.CreateTraining([w], averages: false);
        float[] target = [.4f, .2f, -.5f];
        for (int step = 1; step <= 100; step++)
        {
            float[] weights = e.Read(w);
            e.Engine.Write(w.Gradient!, 0, [.. weights.Select((weight, i) => 2f / 3 * (weight - target[i]))]);
            e.Engine.Update([w], AdamWFormula.Settings(step, rate: .2, epsilon: 1e-6, correct: false));
        }
        float[] reached = e.Read(w);
        for (int i = 0; i < 3; i++)
            Assert.AreEqual(target[i], reached[i], 1e-2);
    }

    private static void NotInTheList(EngineUnderTest e)
    {
        Parameter[] list = WithGradients(e, "g");
        float[] before = e.Read(list[2]);
        e.Engine.Update([list[0], list[3]], AdamWFormula.Settings(1, .1));
        Comparison.AssertSameBits(before, e.Read(list[2]), "values");
        CollectionAssert.AreEqual(new float[s_lengths[2]], e.Read(list[2].FirstMoment));
    }

    private static void Average(EngineUnderTest e)
    {
        Parameter[] list = [e.Learning("a", 3, 7, averages: true), e.Learning("b", 1, 33, averages: true)];
        double[][] expected = [.. list.Select(parameter => Array.ConvertAll(e.Read(parameter), value => (double)value))];
        for (int step = 1; step <= 4; step++)
        {
            foreach ((Parameter parameter, double[] average) in list.Zip(expected))
            {
                float[] values = Numbers.Normal(average.Length, $"{parameter.Name} {step}");
                e.Engine.Write(parameter, 0, values);
                for (int i = 0; i < average.Length; i++)
                    average[i] = .3 * average[i] + .7 * values[i];
            }
            e.Engine.Average(list, .3);
        }
        foreach ((Parameter parameter, double[] average) in list.Zip(expected))
            Comparison.AssertClose(average, e.Read(parameter.Average), e.Tolerances.Update, parameter.Name);
    }

    private static void Exchange(EngineUnderTest e)
    {
        Parameter with = e.Learning("with", 35, 7, averages: true), without = e.Learning("without", 2, 2);
        float[] values = e.Read(with), average = Numbers.Normal(245, "average"), untouched = e.Read(without);
        e.Engine.Write(with.Average!, 0, average);
        e.Engine.ExchangeAverages([with, without]);
        Comparison.AssertSameBits(average, e.Read(with), "the values");
        Comparison.AssertSameBits(values, e.Read(with.Average), "the averages");
        Comparison.AssertSameBits(untouched, e.Read(without), "one without");
        // Products see the exchanged values.
        float[] x = Numbers.Normal(7, "x");
        e.AssertFormula(Formulas.Linear(x, average, null, 7), e.Inference.Linear(e.Inference.Write(1, 7, x), with, null), "a product");
        e.Engine.ExchangeAverages([with, without]);
        Comparison.AssertSameBits(values, e.Read(with), "the values, back");
        Comparison.AssertSameBits(average, e.Read(with.Average), "the averages, back");
    }

    private static Parameter[] WithGradients(EngineUnderTest e, string name) => [.. s_lengths.Select((length, i) =>
    {
        Parameter parameter = e.Learning($"{name} {i}", 1, length);
        e.Engine.Write(parameter.Gradient!, 0, Numbers.Normal(length, $"{name} {i}"));
        return parameter;
    })];
}
