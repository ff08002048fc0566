using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>The log Σ exp and the greatest elements of rows that stay on the device.</summary>
internal static class TopCases
{
    public static ConformanceCase[] All { get; } =
    [
        new("greatest: in order, and log Σ exp, in many shapes", Shapes),
        new("greatest: of equal elements the one in the lower column is first", Equal),
        new("greatest: infinite elements, and such as are no numbers", NotFinite),
        new("greatest: great elements do not overflow", Great),
        new("greatest: of a product", OfAProduct),
    ];

    private static void Shapes(EngineUnderTest e)
    {
        foreach ((int rows, int width, int count) in ((int, int, int)[])[(1, 1, 1), (5, 7, 7), (3, 33, 5), (2, 5000, 1), (2, 3000, 40),
            (0, 4, 2)])
        {
            float[] x = e.Read(e.Inference.Write(rows, width, Numbers.Normal(rows * width, "x", 3))); // as the engine holds it
            (double[] sums, float[] values, int[] columns) = Top(e, rows, width, count, x);
            for (int row = 0; row < rows; row++)
            {
                float[] own = x[(row * width)..((row + 1) * width)];
                double expected = Formulas.LogSumExp(Array.ConvertAll(own, value => (double)value));
                Assert.AreEqual(expected, sums[row], e.Tolerances.Loss * Math.Max(1, Math.Abs(expected)), $"width {width}");
                int[] places = [.. Enumerable.Range(0, width).OrderByDescending(i => own[i]).Take(count)];
                CollectionAssert.AreEqual(places, columns[(row * count)..((row + 1) * count)], $"width {width}");
                CollectionAssert.AreEqual(Array.ConvertAll(places, i => own[i]), values[(row * count)..((row + 1) * count)],
                    $"width {width}");
            }
        }
    }

    private static void Equal(EngineUnderTest e)
    {
        (_, float[] values, int[] columns) = Top(e, 2, 6, 4, [1, 3, 2, 3, 1, 3, 0, 0, 0, 0, 0, 0]);
        CollectionAssert.AreEqual(new float[] { 3, 3, 3, 2, 0, 0, 0, 0 }, values);
        CollectionAssert.AreEqual(new[] { 1, 3, 5, 2, 0, 1, 2, 3 }, columns);
    }

    private static void NotFinite(EngineUnderTest e)
    {
        const float no = float.NegativeInfinity;
        (double[] sums, float[] values, int[] columns) = Top(e, 4, 3, 2,
            [no, 2, no, no, no, no, 1, float.NaN, 2, 1, float.PositiveInfinity, 2]);
        Assert.AreEqual(2, sums[0], 1e-6);
        CollectionAssert.AreEqual(new[] { 2, no }, values[..2]);
        CollectionAssert.AreEqual(new[] { 1, 0 }, columns[..2]);
        Assert.AreEqual(double.NegativeInfinity, sums[1]);
        CollectionAssert.AreEqual(new[] { 0, 1 }, columns[2..4]);
        Assert.IsTrue(double.IsNaN(sums[2]) && double.IsNaN(sums[3]));
        CollectionAssert.AreEqual(new[] { 1, 2 }, columns[6..]);
    }

    private static void Great(EngineUnderTest e)
    {
        (double[] sums, _, _) = Top(e, 2, 3, 1, [1000, 999, -1000, -5000, -5001, -5002]);
        Assert.AreEqual(1000 + Math.Log(1 + Math.Exp(-1)), sums[0], 1000 * e.Tolerances.Loss);
        Assert.AreEqual(-5000 + Math.Log(1 + Math.Exp(-1) + Math.Exp(-2)), sums[1], 5000 * e.Tolerances.Loss);
    }

    private static void OfAProduct(EngineUnderTest e)
    {
        float[] x = Numbers.Normal(4 * 5, "x"), w = Numbers.Normal(60 * 5, "w"), values = new float[12];
        double[] sums = new double[4];
        int[] columns = new int[12];
        Tensor product = e.Inference.Linear(e.Inference.Write(4, 5, x), e.Parameter("w", 60, 5, w), null);
        e.AssertFormula(Formulas.Linear(x, w, null, 5), product, "the product");
        float[] logits = e.Read(product);
        e.Inference.ReadTop(product, 3, sums, values, columns);
        for (int row = 0; row < 4; row++)
        {
            float[] own = logits[(row * 60)..((row + 1) * 60)];
            CollectionAssert.AreEqual(Enumerable.Range(0, 60).OrderByDescending(i => own[i]).Take(3).ToArray(),
                columns[(row * 3)..(row * 3 + 3)]);
            double expected = Formulas.LogSumExp(Array.ConvertAll(own, value => (double)value));
            Assert.AreEqual(expected, sums[row], e.Tolerances.Loss * Math.Max(1, Math.Abs(expected)));
        }
    }

    private static (double[] Sums, float[] Values, int[] Columns) Top(EngineUnderTest e, int rows, int width, int count, float[] x)
    {
        var (sums, values, columns) = (new double[rows], new float[rows * count], new int[rows * count]);
        e.Inference.Begin();
        e.Inference.ReadTop(e.Inference.Write(rows, width, x), count, sums, values, columns);
        return (sums, values, columns);
    }
}
