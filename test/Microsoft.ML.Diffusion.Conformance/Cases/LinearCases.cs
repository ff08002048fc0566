using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Linear layers.</summary>
internal static class LinearCases
{
    /// <summary>Sizes of one, odd sizes, and sizes that fill registers exactly and slightly exceed them.</summary>
    private static readonly (int Rows, int Inputs, int Outputs)[] s_shapes =
        [(1, 1, 1), (1, 1, 2), (4, 3, 1), (7, 5, 9), (1, 33, 17), (13, 16, 32), (14, 31, 33), (25, 70, 48), (3, 300, 5), (70, 8, 6)];

    public static ConformanceCase[] All { get; } =
    [
        .. Enum.GetValues<Activation>().Select(activation =>
            new ConformanceCase($"linear: {activation}, by its formula, with a bias and without", e => Formula(e, activation))),
        new("linear: forward in many shapes", Forward),
        new("linear: backward in many shapes", e => Backward(e, accumulate: false, withBias: true)),
        new("linear: backward, added to", e => Backward(e, accumulate: true, withBias: true)),
        new("linear: backward without a bias", e => Backward(e, accumulate: false, withBias: false)),
        new("linear: backward of parameters alone", WithoutInputs),
        new("linear: backward where weight, bias or both are frozen", Frozen),
        new("linear: an infinite or no number reaches its row alone", NotANumber),
    ];

    private static void Formula(EngineUnderTest e, Activation activation)
    {
        float[] x = Numbers.Normal(3 * 5, "x", 2), w = Numbers.Normal(9 * 5, "w"), b = Numbers.Normal(9, "b");
        Tensor input = e.Inference.Write(3, 5, x);
        Parameter weight = e.Parameter("w", 9, 5, w);
        foreach (float[]? bias in (float[]?[])[b, null])
        {
            double[] expected = Array.ConvertAll(Formulas.Linear(x, w, bias, 5), value => Formulas.Activate(activation, value));
            e.AssertFormula(expected, e.Inference.Linear(input, weight, bias is null ? null : e.Parameter("b", 1, 9, bias), activation),
                $"{bias is not null}");
        }
    }

    private static void Forward(EngineUnderTest e)
    {
        foreach ((int rows, int inputs, int outputs) in s_shapes)
        {
            foreach (Activation activation in (Activation[])[Activation.None, Activation.Gelu])
            {
                e.AssertPrimitive($"{rows} × {inputs} → {outputs}, {activation}", p =>
                {
                    Tensor y = p.Unspecified(rows, outputs);
                    p.Executor.Linear(
                        p.Input("x", rows, inputs), p.Parameter("w", outputs, inputs, 1 / Math.Sqrt(inputs)), p.Parameter("b", 1, outputs),
                        activation, y);
                    p.Result("y", y);
                });
            }
        }
    }

    private static void Backward(EngineUnderTest e, bool accumulate, bool withBias)
    {
        foreach ((int rows, int inputs, int outputs) in s_shapes)
        {
            e.AssertPrimitive($"{rows} × {inputs} → {outputs}", p =>
            {
                Tensor dx = p.Target(rows, inputs, accumulate);
                p.Executor.LinearBackward(
                    p.Input("x", rows, inputs), p.Parameter("w", outputs, inputs), withBias ? p.Parameter("b", 1, outputs) : null,
                    p.Input("dy", rows, outputs), dx, accumulate);
                p.Result("d x", dx);
            });
        }
    }

    private static void WithoutInputs(EngineUnderTest e) => e.AssertPrimitive("7 × 5 → 9", p => p.Executor.LinearBackward(
        p.Input("x", 7, 5), p.Parameter("w", 9, 5), p.Parameter("b", 1, 9), p.Input("dy", 7, 9), null, accumulate: false));

    private static void Frozen(EngineUnderTest e)
    {
        foreach ((bool weight, bool bias) in ((bool, bool)[])[(true, false), (false, true), (true, true)])
        {
            e.AssertPrimitive($"weight: {weight}, bias: {bias}", p =>
            {
                Tensor dx = p.Target(7, 5, accumulate: false);
                p.Executor.LinearBackward(
                    p.Input("x", 7, 5), p.Parameter("w", 9, 5, isFrozen: weight), p.Parameter("b", 1, 9, isFrozen: bias),
                    p.Input("dy", 7, 9), dx, false);
                p.Result("d x", dx);
            });
        }
    }

    private static void NotANumber(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(5 * 7, "x");
        x[8] = float.NaN;
        x[30] = float.PositiveInfinity;
        float[] y = e.Read(e.Inference.Linear(e.Inference.Write(5, 7, x), e.Parameter("w", 9, 7, Numbers.Normal(63, "w")), null));
        for (int row = 0; row < 5; row++)
            Assert.AreEqual(row is 0 or 2 or 3, Array.TrueForAll(y[(row * 9)..((row + 1) * 9)], float.IsFinite), $"row {row}");
    }
}
