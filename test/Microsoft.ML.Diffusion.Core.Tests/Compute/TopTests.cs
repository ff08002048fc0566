using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The log Σ exp and the greatest elements of rows that stay on the device.</summary>
[TestClass]
public sealed class TopTests : IDisposable
{
    private readonly CpuEngine _engine = CpuEngine.Create(2);
    private readonly Pass _pass;

    public TopTests() => _pass = Pass.ForInference(_engine);

    public void Dispose()
    {
        _pass.Dispose();
        _engine.Dispose();
    }

    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(7, 7)]
    [DataRow(50_265, 1)]
    [DataRow(5_000, 40)]
    public void The_greatest_in_order_and_the_sum_of_all(int width, int count)
    {
        const int rows = 5;
        float[] x = Numbers.Normal(rows * width, "x", 3);
        (double[] sums, float[] values, int[] columns) = Top(rows, width, count, x);
        for (int row = 0; row < rows; row++)
        {
            float[] own = x[(row * width)..((row + 1) * width)];
            double max = own.Max();
            Assert.AreEqual(max + Math.Log(own.Sum(value => Math.Exp(value - max))), sums[row], 1e-6);
            int[] expected = [.. Enumerable.Range(0, width).OrderByDescending(i => own[i]).Take(count)];
            CollectionAssert.AreEqual(expected, columns[(row * count)..((row + 1) * count)]);
            CollectionAssert.AreEqual(Array.ConvertAll(expected, i => own[i]), values[(row * count)..((row + 1) * count)]);
        }
    }

    [TestMethod]
    public void Of_equal_elements_the_one_in_the_lower_column_is_first()
    {
        (_, float[] values, int[] columns) = Top(2, 6, 4, [1, 3, 2, 3, 1, 3, 0, 0, 0, 0, 0, 0]);
        CollectionAssert.AreEqual(new float[] { 3, 3, 3, 2, 0, 0, 0, 0 }, values);
        CollectionAssert.AreEqual(new[] { 1, 3, 5, 2, 0, 1, 2, 3 }, columns);
    }

    [TestMethod]
    public void Infinite_elements_and_such_as_are_not_numbers()
    {
        const float no = float.NegativeInfinity;
        (double[] sums, float[] values, int[] columns) = Top(4, 3, 2, [no, 2, no, no, no, no, 1, float.NaN, 2, 1, float.PositiveInfinity, 2]);
        Assert.AreEqual(2, sums[0], 1e-7);
        CollectionAssert.AreEqual(new[] { 2, no }, values[..2]);
        CollectionAssert.AreEqual(new[] { 1, 0 }, columns[..2]);
        Assert.AreEqual(double.NegativeInfinity, sums[1]);
        CollectionAssert.AreEqual(new[] { 0, 1 }, columns[2..4]);
        Assert.IsTrue(double.IsNaN(sums[2]) && double.IsNaN(sums[3]));
        CollectionAssert.AreEqual(new[] { 1, 2 }, columns[6..]);
    }

    [TestMethod]
    public void Counts_and_space_that_do_not_fit_are_refused()
    {
        Tensor x = _pass.Write(2, 3, new float[6]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _pass.ReadTop(x, 0, new double[2], [], []));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _pass.ReadTop(x, 4, new double[2], new float[8], new int[8]));
        Assert.ThrowsExactly<ArgumentException>(() => _pass.ReadTop(x, 2, new double[2], new float[4], new int[3]));
        Assert.ThrowsExactly<ArgumentException>(() => _pass.ReadTop(x, 2, new double[1], new float[4], new int[4]));
    }

    private (double[] Sums, float[] Values, int[] Columns) Top(int rows, int width, int count, float[] x)
    {
        var (sums, values, columns) = (new double[rows], new float[rows * count], new int[rows * count]);
        _pass.Begin();
        _pass.ReadTop(_pass.Write(rows, width, x), count, sums, values, columns);
        return (sums, values, columns);
    }
}
