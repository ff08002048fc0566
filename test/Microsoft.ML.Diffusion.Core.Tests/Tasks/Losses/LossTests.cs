using Microsoft.ML.Diffusion.Tasks.Losses;
using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class LossTests
{
    private delegate double Loss(ReadOnlySpan<float> logits, Span<float> gradient);

    [TestMethod]
    public void Gradients_are_finite_differences()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 60; trial++)
        {
            int rows = random.Next(1, 5), classes = random.Next(2, 6);
            float[] weights = trial % 2 == 0 ? [] : Floats(rows, 0, 2), classWeights = trial % 3 == 0 ? [] : Floats(classes, 0.1, 3);
            int[] targets = [.. Enumerable.Range(0, rows).Select(_ => random.Next(classes))];
            float[] numbers = Floats(rows, -2, 2),
                shares = [.. Floats(rows * classes, 0, 1).Select((share, i) => i % 4 == 0 ? share : MathF.Round(share))];
            double smoothing = trial % 4 * 0.1;
            Check((logits, gradient) => SoftmaxCrossEntropy.Compute(logits, targets, weights, classWeights, smoothing, gradient),
                rows * classes);
            Check((logits, gradient) => BinaryCrossEntropy.Compute(logits, shares, classes, weights, classWeights, gradient),
                rows * classes);
            Check((outputs, gradient) => MeanSquaredError.Compute(outputs, numbers, weights, gradient), rows);
            Check((logits, gradient) => SpanCrossEntropy.Compute(logits, new TokenSpan(targets[0], classes - 1), 0.7, gradient),
                2 * classes);
        }

        float[] Floats(int count, double low, double high) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)(low + (high - low) * random.NextDouble()))];

        void Check(Loss loss, int count)
        {
            float[] logits = Floats(count, -3, 3);
            float[] gradient = new float[count], unused = new float[count];
            Array.Fill(gradient, 99f); // what was there is overwritten
            loss(logits, gradient);
            for (int i = 0; i < count; i++)
            {
                float[] up = [.. logits], down = [.. logits];
                up[i] += 1e-2f;
                down[i] -= 1e-2f;
                double difference = (loss(up, unused) - loss(down, unused)) / ((double)up[i] - down[i]);
                Assert.AreEqual(difference, gradient[i], 1e-4 * (1 + Math.Abs(difference)));
            }
        }
    }

    [TestMethod]
    public void Closed_forms()
    {
        float[] gradient = new float[4];
        Assert.AreEqual(Math.Log(4), SoftmaxCrossEntropy.Compute([7, 7, 7, 7], [2], [], [], 0, gradient), 1e-15);
        CollectionAssert.AreEqual(new[] { 0.25f, 0.25f, -0.75f, 0.25f }, gradient);
        // Smoothing all the way asks for the uniform distribution.
        Assert.AreEqual(Math.Log(4), SoftmaxCrossEntropy.Compute([7, 7, 7, 7], [2], [], [], 1, gradient), 1e-15);
        CollectionAssert.AreEqual(new float[4], gradient);
        Assert.AreEqual(3 * 0.5 * Math.Log(2), SoftmaxCrossEntropy.Compute([1, 1, 5, 5], [1, 0], [3, 0], [9, 0.5f], 0, gradient), 1e-15);
        CollectionAssert.AreEqual(new[] { 0.75f, -0.75f, 0, 0 }, gradient);
        Assert.AreEqual((Math.Log(2) + 2 * Math.Log(2)) / 2,
            BinaryCrossEntropy.Compute([0, 0], [0, 1], 2, [], [5, 2], gradient.AsSpan(0, 2)), 1e-15);
        CollectionAssert.AreEqual(new[] { 0.25f, -0.5f }, gradient[..2]);
        Assert.AreEqual(0.5 * 4 + 2 * 1, MeanSquaredError.Compute([3, 0], [1, 1], [0.5f, 2], gradient.AsSpan(0, 2)), 1e-15);
        CollectionAssert.AreEqual(new[] { 2f, -4f }, gradient[..2]);
        Assert.AreEqual(2 * (Math.Log(2) + Math.Log(2)) / 2,
            SpanCrossEntropy.Compute([1, 8, 1, 8], new TokenSpan(0, 1), 2, gradient), 1e-15);
        CollectionAssert.AreEqual(new[] { -0.5f, 0.5f, 0.5f, -0.5f }, gradient);
        Assert.AreEqual(0, SoftmaxCrossEntropy.Compute([], [], [], [], 0, []));
    }

    /// <summary>
    /// Two rows of three classes; PyTorch 1.13.0's cross_entropy(reduction="sum") and
    /// binary_cross_entropy_with_logits(reduction="mean") in float64.
    /// </summary>
    [TestMethod]
    public void Values_of_pytorch()
    {
        float[] logits = [0.5f, -1.25f, 2, 3, 0.25f, -0.5f];
        var gradient = new float[6];
        Assert.AreEqual(6.865191888650738, SoftmaxCrossEntropy.Compute(logits, [1, 0], [], [0.5f, 2, 1.5f], 0.25, gradient), 1e-12);
        AreNear([0.2825036671969812, -1.6103343094015332, 1.327830642204552, 0.23073027149053735, -0.12527996505850547,
            -0.10545030643203189], gradient);
        Assert.AreEqual(1.0160811154487235,
            BinaryCrossEntropy.Compute(logits, [1, 0, 1, 0, 0.25f, 1], 3, [0.5f, 0.5f], [0.5f, 2, 1.5f], gradient), 1e-12);
        AreNear([-0.03146172239984545, 0.03711668980421814, -0.02980073050552941, 0.15876235447040557, 0.033786771017874605,
            -0.15561483280046365], gradient);
    }

    [TestMethod]
    public void Large_logits_neither_overflow_nor_lose_the_loss()
    {
        float[] gradient = new float[2];
        Assert.AreEqual(2e38, SoftmaxCrossEntropy.Compute([1e38f, -1e38f], [1], [], [], 0, gradient), 1e31);
        CollectionAssert.AreEqual(new[] { 1f, -1f }, gradient);
        Assert.AreEqual(0, SoftmaxCrossEntropy.Compute([3e38f, -3e38f], [0], [], [], 0, gradient));
        Assert.AreEqual(5e5, BinaryCrossEntropy.Compute([1e6f, -1e6f], [0, 0], 2, [], [], gradient));
        CollectionAssert.AreEqual(new[] { 0.5f, 0f }, gradient);
        Assert.AreEqual(5e5, BinaryCrossEntropy.Compute([1e6f, -1e6f], [1, 1], 2, [], [], gradient));
        CollectionAssert.AreEqual(new[] { 0f, -0.5f }, gradient);
        var probabilities = new double[3];
        Softmax.Probabilities([1000, 1000, -1000], probabilities);
        CollectionAssert.AreEqual(new[] { 0.5, 0.5, 0.0 }, probabilities);
        Assert.AreEqual((0.0, 0.5, 1.0), (Softmax.Sigmoid(-1e30f), Softmax.Sigmoid(0), Softmax.Sigmoid(1e30f)));
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void What_is_no_number_is_an_arithmetic_error(float bad)
    {
        float[] logits = [0, bad], gradient = new float[2];
        StringAssert.Contains(
            Assert.ThrowsExactly<ArithmeticException>(() => SoftmaxCrossEntropy.Compute(logits, [0], [], [], 0, gradient)).Message,
            "Logit 1 is ");
        Assert.ThrowsExactly<ArithmeticException>(() => BinaryCrossEntropy.Compute(logits, [0, 1], 2, [], [], gradient));
        Assert.ThrowsExactly<ArithmeticException>(() => MeanSquaredError.Compute(logits, [0, 1], [], gradient));
        Assert.ThrowsExactly<ArithmeticException>(() => SpanCrossEntropy.Compute(logits, default, 1, gradient));
        Assert.ThrowsExactly<ArgumentException>(() => MeanSquaredError.Compute([0, 0], [0, bad], [], gradient));
    }

    [TestMethod]
    public void Wrong_lengths_and_targets_are_refused()
    {
        float[] gradient = new float[4];
        Assert.ThrowsExactly<ArgumentException>(() => SoftmaxCrossEntropy.Compute([1, 2, 3], [0, 1], [], [], 0, gradient));
        Assert.ThrowsExactly<ArgumentException>(() => SoftmaxCrossEntropy.Compute([1, 2], [0], [], [], 0, gradient));
        Assert.ThrowsExactly<ArgumentException>(() => SoftmaxCrossEntropy.Compute([1, 2, 3, 4], [0, 1], [1], [], 0, gradient));
        Assert.ThrowsExactly<ArgumentException>(() => SoftmaxCrossEntropy.Compute([1, 2, 3, 4], [0, 1], [], [1], 0, gradient));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SoftmaxCrossEntropy.Compute([1, 2, 3, 4], [0, 2], [], [], 0, gradient));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SoftmaxCrossEntropy.Compute([1, 2, 3, 4], [0, 1], [], [], 1.5, gradient));
        Assert.ThrowsExactly<ArgumentException>(() => BinaryCrossEntropy.Compute([1, 2, 3, 4], [0, 1, 0], 2, [], [], gradient));
        Assert.ThrowsExactly<ArgumentException>(() => BinaryCrossEntropy.Compute([1, 2, 3, 4], [0, 1, 0, 2], 2, [], [], gradient));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => SpanCrossEntropy.Compute([1, 2, 3, 4], new TokenSpan(0, 2), 1, gradient));
    }

    private static void AreNear(double[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-7);
    }
}
