using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Linear layers with cross-entropy, and losses that the caller computes.</summary>
internal static class LossCases
{
    private static readonly (int Rows, int Width, int Classes)[] s_shapes =
        [(1, 1, 1), (1, 1, 2), (7, 5, 9), (13, 17, 16), (9, 33, 33), (1100, 3, 4), (3, 4, 5000)];

    public static ConformanceCase[] All { get; } =
    [
        .. ((double[])[0, .1]).SelectMany(smoothing => (ConformanceCase[])
        [
            new($"cross-entropy: by its formula; smoothing {smoothing}", e => Formula(e, smoothing)),
            new($"cross-entropy: loss and gradients in many shapes; smoothing {smoothing}", e => Shapes(e, smoothing, withBias: true)),
            new($"cross-entropy: without a bias; smoothing {smoothing}", e => Shapes(e, smoothing, withBias: false)),
        ]),
        new("cross-entropy: one class has no loss", OneClass),
        new("cross-entropy: without a gradient it is the same and parameters' gradients stay", WithoutGradient),
        new("cross-entropy: where weight or bias is frozen", Frozen),
        new("cross-entropy: rows of no weight do not count", NoWeight),
        new("cross-entropy: great logits do not overflow", GreatLogits),
        new("losses: read late, in any order, any number of times", ReadLate),
        new("losses: one computed by the caller leads back", ByTheCaller),
        new("losses: two of one tensor are refused", TwoOfOne),
    ];

    private static void Formula(EngineUnderTest e, double smoothing)
    {
        foreach ((int rows, int width, int classes) in s_shapes)
        {
            float[] x = Numbers.Normal(rows * width, "x"), w = Numbers.Normal(classes * width, "w"), b = Numbers.Normal(classes, "b");
            float[] weights = Numbers.Normal(rows, "weights", .3, 1);
            int[] targets = Numbers.Integers(rows, classes, "targets");
            double expected = Formulas.CrossEntropy(Formulas.Linear(x, w, b, width), targets, weights, smoothing);
            e.Inference.Begin();
            Loss loss = e.Inference.LinearCrossEntropy(
                e.Inference.Write(rows, width, x), e.Parameter("w", classes, width, w), e.Parameter("b", 1, classes, b), targets, weights,
                smoothing);
            Assert.AreEqual(expected, e.Inference.Read(loss), e.Tolerances.Loss * Math.Max(Math.Abs(expected), 1),
                $"{rows} × {width}, {classes} classes");
        }
    }

    private static void Shapes(EngineUnderTest e, double smoothing, bool withBias)
    {
        foreach ((int rows, int width, int classes) in s_shapes.Skip(1)) // of one class the gradients are 0 but for rounding
        {
            e.AssertPrimitive($"{rows} × {width}, {classes} classes", p =>
            {
                Tensor dx = p.Unspecified(rows, width);
                p.Result("loss", p.Executor.LinearCrossEntropy(
                    p.Input("x", rows, width), p.Parameter("w", classes, width, 1 / Math.Sqrt(width)),
                    withBias ? p.Parameter("b", 1, classes) : null,
                    p.Indices("targets", rows, classes), p.Input("weights", rows, 1, .3, 1), dx, smoothing));
                p.Result("d x", dx);
            });
        }
    }

    private static void OneClass(EngineUnderTest e)
    {
        using Executor executor = e.Engine.CreateExecutor();
        Parameter weight = e.Learning("w", 1, 4);
        e.Engine.ClearGradients([weight]);
        Tensor x = executor.Allocate(3, 4), weights = executor.Allocate(3, 1), dx = executor.Allocate(3, 4);
        executor.Write(x, Numbers.Normal(12, "x"));
        executor.Write(weights, [1, 2, 3]);
        double loss = executor.Read(executor.LinearCrossEntropy(x, weight, null, executor.WriteIndices([0, 0, 0]), weights, dx, .1));
        float[] gradient = new float[12];
        executor.Read(dx, gradient);
        Assert.AreEqual(0, loss, 10 * e.Tolerances.Loss);
        foreach (float value in (float[])[.. gradient, .. e.Read(weight.Gradient)])
            Assert.AreEqual(0, value, 10 * e.Tolerances.Gradient);
    }

    private static void WithoutGradient(EngineUnderTest e)
    {
        Parameter weight = e.Learning("w", 9, 5), bias = e.Learning("b", 1, 9);
        float[] before = Numbers.Normal(45, "before");
        e.Engine.Write(weight.Gradient!, 0, before);
        e.Engine.ClearGradients([bias]);
        using Executor executor = e.Engine.CreateExecutor();
        Tensor x = executor.Allocate(7, 5), weights = executor.Allocate(7, 1), dx = executor.Allocate(7, 5);
        executor.Write(x, Numbers.Normal(35, "x"));
        executor.Write(weights, Numbers.Normal(7, "weights", .3, 1));
        Indices targets = executor.WriteIndices(Numbers.Integers(7, 9, "targets"));
        double without = executor.Read(executor.LinearCrossEntropy(x, weight, bias, targets, weights, null, .1));
        Comparison.AssertSameBits(before, e.Read(weight.Gradient), "the weight's gradient");
        CollectionAssert.AreEqual(new float[9], e.Read(bias.Gradient));
        double with = executor.Read(executor.LinearCrossEntropy(x, weight, bias, targets, weights, dx, .1));
        Assert.AreEqual(with, without, e.Tolerances.RepeatsBitForBit ? 0 : e.Tolerances.Loss * with);
        CollectionAssert.AreNotEqual(before, e.Read(weight.Gradient));
    }

    private static void Frozen(EngineUnderTest e)
    {
        foreach ((bool weight, bool bias) in ((bool, bool)[])[(true, false), (false, true), (true, true)])
        {
            e.AssertPrimitive($"weight: {weight}, bias: {bias}", p =>
            {
                Tensor dx = p.Unspecified(7, 5);
                p.Result("loss", p.Executor.LinearCrossEntropy(
                    p.Input("x", 7, 5), p.Parameter("w", 9, 5, isFrozen: weight), p.Parameter("b", 1, 9, isFrozen: bias),
                    p.Indices("targets", 7, 9),
                    p.Input("weights", 7, 1), dx, .2));
                p.Result("d x", dx);
            });
        }
    }

    private static void NoWeight(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(15, "x"), w = Numbers.Normal(12, "w");
        Loss loss = e.Inference.LinearCrossEntropy(e.Inference.Write(5, 3, x), e.Parameter("w", 4, 3, w), null, [0, 1, 2, 3, 0],
            [0, 2, 0, 0, 0]);
        double expected = Formulas.CrossEntropy(Formulas.Linear(x[3..6], w, null, 3), [1], [2], 0);
        Assert.AreEqual(expected, e.Inference.Read(loss), e.Tolerances.Loss * expected);
    }

    private static void GreatLogits(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(12, "x", 60), w = Numbers.Normal(21, "w", 60);
        Loss loss = e.Inference.LinearCrossEntropy(e.Inference.Write(4, 3, x), e.Parameter("w", 7, 3, w), null, [0, 1, 2, 3], [1, 1, 1, 1]);
        double expected = Formulas.CrossEntropy(Formulas.Linear(x, w, null, 3), [0, 1, 2, 3], [1, 1, 1, 1], 0);
        Assert.IsGreaterThan(1000, expected);
        Assert.AreEqual(expected, e.Inference.Read(loss), 10 * e.Tolerances.Loss * expected);
    }

    private static void ReadLate(EngineUnderTest e)
    {
        Parameter weight = e.Learning("w", 4, 3);
        e.Engine.ClearGradients([weight]);
        using Pass pass = Pass.ForTraining(e.Engine);
        for (int run = 0; run < 2; run++)
        {
            pass.Begin();
            float[][] inputs = [Numbers.Normal(6, $"a {run}"), Numbers.Normal(9, $"b {run}"), Numbers.Normal(3, $"c {run}")];
            Loss[] losses = [.. inputs.Select(x => pass.LinearCrossEntropy(
                pass.Write(x.Length / 3, 3, x), weight, null, Numbers.Integers(x.Length / 3, 4, "targets"),
                Numbers.Normal(x.Length / 3, "weights", .1, 1)))];
            double early = pass.Read(losses[1]);
            pass.Backward();
            for (int i = 2; i >= 0; i--)
            {
                int rows = inputs[i].Length / 3;
                double expected = Formulas.CrossEntropy(
                    Formulas.Linear(inputs[i], e.Read(weight), null, 3), Numbers.Integers(rows, 4, "targets"),
                    Numbers.Normal(rows, "weights", .1, 1), 0);
                Assert.AreEqual(expected, pass.Read(losses[i]), e.Tolerances.Loss * Math.Max(1, expected), $"loss {i}");
                Assert.AreEqual(pass.Read(losses[i]), pass.Read(losses[i]));
            }
            Assert.AreEqual(early, pass.Read(losses[1]));
        }
    }

    private static void ByTheCaller(EngineUnderTest e)
    {
        // Σ c·y for y = x · wᵀ: dw = cᵀ · x.
        using Pass pass = Pass.ForTraining(e.Engine);
        Parameter weight = e.Learning("w", 2, 3);
        e.Engine.ClearGradients([weight]);
        pass.Begin();
        Tensor y = pass.Linear(pass.Write(2, 3, [1, 2, 3, 4, 5, 6]), weight, null);
        pass.AddLoss(y, [1, 10, 100, 1000]);
        pass.Backward();
        Comparison.AssertClose((float[])[401, 502, 603, 4010, 5020, 6030], e.Read(weight.Gradient), e.Tolerances.Gradient, "dw");
        Assert.ThrowsExactly<InvalidOperationException>(() => pass.AddLoss(y, [1, 10, 100, 1000]));
    }

    private static void TwoOfOne(EngineUnderTest e)
    {
        using Pass pass = Pass.ForTraining(e.Engine);
        Parameter weight = e.Learning("w", 4, 3);
        pass.Begin();
        Tensor x = pass.Write(2, 3, new float[6]);
        pass.LinearCrossEntropy(x, weight, null, [0, 1], [1, 1]);
        Assert.ThrowsExactly<InvalidOperationException>(() => pass.LinearCrossEntropy(x, weight, null, [0, 1], [1, 1]));
    }
}
