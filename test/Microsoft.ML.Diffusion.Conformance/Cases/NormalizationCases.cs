using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Layer normalization, of rows and of sums.</summary>
internal static class NormalizationCases
{
    private static readonly (int Rows, int Width)[] s_shapes = [(1, 4), (3, 5), (5, 16), (37, 33), (2, 97)];

    public static ConformanceCase[] All { get; } =
    [
        new("layer norm: of a sum, by its formula", SumFormula),
        new("layer norm: of rows, with a bias and without, by its formula", RowFormula),
        new("layer norm: epsilon stands under the root", Epsilon),
        new("layer norm: rows of one value give the bias", Constant),
        new("layer norm: of sums, and its backward", e => Sum(e, accumulate: false)),
        new("layer norm: of sums, backward, added to", e => Sum(e, accumulate: true)),
        new("layer norm: of rows, and its backward", Rows),
        new("layer norm: backward where weight or bias is frozen", Frozen),
    ];

    private static void SumFormula(EngineUnderTest e)
    {
        float[] a = Numbers.Normal(35, "a"), b = Numbers.Normal(35, "b"), weight = Numbers.Normal(7, "w"), bias = Numbers.Normal(7, "bias");
        double[] sums = [.. a.Zip(b, (x, y) => (double)x + y)];
        (Tensor sum, Tensor y) = e.Inference.AddLayerNorm(
            e.Inference.Write(5, 7, a), e.Inference.Write(5, 7, b), e.Parameter("w", 1, 7, weight), e.Parameter("bias", 1, 7, bias), .01);
        e.AssertFormula(sums, sum, "the sum");
        e.AssertFormula(Formulas.LayerNorm(sums, weight, bias, .01), y, "normalized");
    }

    private static void RowFormula(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(6 * 33, "x", 2, mean: 1), weight = Numbers.Normal(33, "w"), bias = Numbers.Normal(33, "bias");
        double[] rows = Array.ConvertAll(x, value => (double)value);
        Tensor input = e.Inference.Write(6, 33, x);
        Parameter w = e.Parameter("w", 1, 33, weight);
        e.AssertFormula(Formulas.LayerNorm(rows, weight, bias, 1e-5),
            e.Inference.LayerNorm(input, w, e.Parameter("bias", 1, 33, bias), 1e-5), "with a bias");
        e.AssertFormula(Formulas.LayerNorm(rows, weight, null, 1e-5), e.Inference.LayerNorm(input, w, null, 1e-5), "without");
        e.AssertHeld(x, e.Read(input), "the input");
    }

    private static void Epsilon(EngineUnderTest e)
    {
        // Rows of which the variance is that of epsilon.
        float[] x = Numbers.Normal(4 * 9, "x", .1), ones = [.. Enumerable.Repeat(1f, 9)];
        e.AssertFormula(
            Formulas.LayerNorm(Array.ConvertAll(x, value => (double)value), ones, null, .01),
            e.Inference.LayerNorm(e.Inference.Write(4, 9, x), e.Parameter("w", 1, 9, ones), null, .01), "normalized");
    }

    private static void Constant(EngineUnderTest e)
    {
        float[] bias = Numbers.Normal(8, "bias");
        Tensor x = e.Inference.Write(2, 8, [.. Enumerable.Repeat(3f, 8), .. new float[8]]);
        Tensor y = e.Inference.LayerNorm(x, e.Parameter("w", 1, 8, Numbers.Normal(8, "w")), e.Parameter("bias", 1, 8, bias), 1e-12);
        e.AssertFormula([.. bias.Concat(bias).Select(value => (double)value)], y, "the bias");
    }

    private static void Sum(EngineUnderTest e, bool accumulate)
    {
        foreach ((int rows, int width) in s_shapes)
        {
            e.AssertPrimitive($"{rows} × {width}", p =>
            {
                Parameter weight = p.Parameter("w", 1, width, .3, 1), bias = p.Parameter("bias", 1, width);
                Tensor sum = p.Unspecified(rows, width), y = p.Unspecified(rows, width), statistics = p.Unspecified(rows, 2);
                p.Executor.AddLayerNorm(p.Input("a", rows, width), p.Input("b", rows, width), weight, bias, .01, sum, y, statistics);
                Tensor dsum = p.Target(rows, width, accumulate);
                p.Executor.LayerNormBackward(sum, weight, bias, statistics, p.Input("dy", rows, width), dsum, accumulate);
                p.Result("sum", sum);
                p.Result("y", y);
                p.Result("d sum", dsum);
            });
        }
    }

    private static void Rows(EngineUnderTest e)
    {
        foreach ((int rows, int width) in s_shapes)
        {
            e.AssertPrimitive($"{rows} × {width}", p =>
            {
                Parameter weight = p.Parameter("w", 1, width, .3, 1);
                Tensor x = p.Input("x", rows, width, 2), y = p.Unspecified(rows, width), statistics = p.Unspecified(rows, 2);
                p.Executor.AddLayerNorm(x, null, weight, null, .01, x, y, statistics);
                Tensor dx = p.Target(rows, width, accumulate: false);
                p.Executor.LayerNormBackward(x, weight, null, statistics, p.Input("dy", rows, width), dx, accumulate: false);
                p.Result("x", x);
                p.Result("y", y);
                p.Result("d x", dx);
            });
        }
    }

    private static void Frozen(EngineUnderTest e)
    {
        foreach ((bool frozenWeight, bool frozenBias) in ((bool, bool)[])[(true, false), (false, true), (true, true)])
        {
            e.AssertPrimitive($"weight: {frozenWeight}, bias: {frozenBias}", p =>
            {
                Parameter weight = p.Parameter("w", 1, 7, .3, 1, frozenWeight), bias = p.Parameter("bias", 1, 7, isFrozen: frozenBias);
                Tensor x = p.Input("x", 5, 7), y = p.Unspecified(5, 7), statistics = p.Unspecified(5, 2), dx = p.Unspecified(5, 7);
                p.Executor.AddLayerNorm(x, null, weight, bias, .01, x, y, statistics);
                p.Executor.LayerNormBackward(x, weight, bias, statistics, p.Input("dy", 5, 7), dx, accumulate: false);
                p.Result("d x", dx);
            });
        }
    }
}
