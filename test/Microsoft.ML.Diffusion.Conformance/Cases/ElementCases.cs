using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>Activations and gated units.</summary>
internal static class ElementCases
{
    private static readonly int[] s_widths = [1, 5, 16, 35];

    public static ConformanceCase[] All { get; } =
    [
        .. Enum.GetValues<Activation>().SelectMany(activation => (ConformanceCase[])
        [
            new($"activation: {activation}, from −12 to 12", e => Grid(e, activation)),
            new($"activation: {activation} and its backward, overwritten and added to", e => Activate(e, activation)),
            new($"gate: {activation}, by its formula", e => GateFormula(e, activation)),
            new($"gate: {activation} and its backward, overwritten and added to", e => Gate(e, activation)),
        ]),
    ];

    private static void Grid(EngineUnderTest e, Activation activation)
    {
        using Executor executor = e.Engine.CreateExecutor();
        float[] x = [.. Enumerable.Range(-192, 385).Select(i => i / 16f)], values = new float[x.Length];
        Tensor input = executor.Allocate(5, 77), y = executor.Allocate(5, 77);
        executor.Write(input, x);
        executor.Activate(input, activation, y);
        executor.Read(y, values);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = Formulas.Activate(activation, x[i]);
            Assert.AreEqual(expected, values[i], e.Tolerances.Forward * Math.Max(Math.Abs(expected), 1), $"of {x[i]}");
        }
    }

    private static void Activate(EngineUnderTest e, Activation activation)
    {
        foreach (int width in s_widths)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                e.AssertPrimitive($"width {width}, accumulate: {accumulate}", p =>
                {
                    Tensor x = p.Input("x", 9, width, 2), y = p.Unspecified(9, width), dx = p.Target(9, width, accumulate);
                    p.Executor.Activate(x, activation, y);
                    p.Executor.ActivateBackward(x, activation, p.Input("dy", 9, width), dx, accumulate);
                    p.Result("y", y);
                    p.Result("d x", dx);
                });
            }
        }
    }

    private static void GateFormula(EngineUnderTest e, Activation activation)
    {
        float[] x = Numbers.Normal(3 * 10, "x", 2);
        double[] expected = [.. Enumerable.Range(0, 15).Select(i =>
            Formulas.Activate(activation, x[i / 5 * 10 + i % 5]) * x[i / 5 * 10 + 5 + i % 5])];
        e.AssertFormula(expected, e.Inference.Gate(e.Inference.Write(3, 10, x), activation), "gated");
    }

    private static void Gate(EngineUnderTest e, Activation activation)
    {
        foreach (int width in s_widths)
        {
            foreach (bool accumulate in (bool[])[false, true])
            {
                e.AssertPrimitive($"width {width}, accumulate: {accumulate}", p =>
                {
                    Tensor x = p.Input("x", 9, 2 * width, 2), y = p.Unspecified(9, width), dx = p.Target(9, 2 * width, accumulate);
                    p.Executor.Gate(x, activation, y);
                    p.Executor.GateBackward(x, activation, p.Input("dy", 9, width), dx, accumulate);
                    p.Result("y", y);
                    p.Result("d x", dx);
                });
            }
        }
    }
}
