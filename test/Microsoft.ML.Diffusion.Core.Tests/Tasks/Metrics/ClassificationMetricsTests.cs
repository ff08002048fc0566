using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.Metrics;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class ClassificationMetricsTests
{
    [TestMethod]
    public void Two_classes_by_the_textbook()
    {
        // 6 true positives, 2 false negatives, 1 false positive, 3 true negatives.
        var matrix = new ConfusionMatrix(2);
        Repeat(6, () => matrix.Add(1, 1));
        Repeat(2, () => matrix.Add(1, 0));
        Repeat(1, () => matrix.Add(0, 1));
        Repeat(3, () => matrix.Add(0, 0));
        Assert.AreEqual(12, matrix.Count);
        Assert.AreEqual(2, matrix[1, 0]);
        Assert.AreEqual(0.75, matrix.Accuracy);
        Assert.AreEqual(6 / 7.0, matrix.Precision(1), 1e-15);
        Assert.AreEqual(6 / 8.0, matrix.Recall(1), 1e-15);
        Assert.AreEqual(12 / 15.0, matrix.F1(1), 1e-15);
        Assert.AreEqual((12 / 15.0 + 6 / 9.0) / 2, matrix.MacroF1, 1e-15);
        Assert.AreEqual((6 * 3 - 1 * 2) / Math.Sqrt(7.0 * 8 * 4 * 5), matrix.MatthewsCorrelation, 1e-15);
    }

    [TestMethod]
    public void Matthews_correlation_of_several_classes_is_the_correlation_of_their_indicators()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 200; trial++)
        {
            int classes = random.Next(2, 6), count = random.Next(2, 60);
            var matrix = new ConfusionMatrix(classes);
            (int Actual, int Predicted)[] pairs =
                [.. Enumerable.Range(0, count).Select(_ => random.Next(classes))
                    .Select(a => (a, random.Next(2) == 0 ? a : random.Next(classes)))];
            foreach ((int actual, int predicted) in pairs)
                matrix.Add(actual, predicted);
            double expected = Covariance(p => p.Actual, p => p.Predicted) /
                Math.Sqrt(Covariance(p => p.Actual, p => p.Actual) * Covariance(p => p.Predicted, p => p.Predicted));
            Assert.AreEqual(double.IsNaN(expected) ? 0 : expected, matrix.MatthewsCorrelation, 1e-12);

            double Covariance(Func<(int Actual, int Predicted), int> x, Func<(int Actual, int Predicted), int> y) =>
                Enumerable.Range(0, classes).Sum(k =>
                pairs.Average(p => x(p) == k && y(p) == k ? 1 : 0.0) - pairs.Average(p => x(p) == k ? 1 : 0.0) *
                    pairs.Average(p => y(p) == k ? 1 : 0.0));
        }
    }

    [TestMethod]
    public void Macro_f1_leaves_out_classes_that_do_not_occur_and_one_class_has_no_correlation()
    {
        var matrix = new ConfusionMatrix(5);
        Assert.IsTrue(double.IsNaN(matrix.Accuracy) && double.IsNaN(matrix.MacroF1));
        matrix.Add(2, 2);
        matrix.Add(2, 4);
        Assert.AreEqual((2 / 3.0 + 0) / 2, matrix.MacroF1, 1e-15);
        Assert.AreEqual(0, matrix.MatthewsCorrelation);
        Assert.AreEqual(0, matrix.F1(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => matrix.Add(0, 5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => matrix.Add(-1, 0));
    }

    [TestMethod]
    public void Several_labels()
    {
        var evaluator = new MultiLabelEvaluator(3);
        evaluator.Add([true, true, false], [true, false, false]);
        evaluator.Add([false, true, false], [false, true, false]);
        evaluator.Add([true, false, false], [true, true, false]);
        Assert.AreEqual(3, evaluator.Count);
        Assert.AreEqual(1 / 3.0, evaluator.SubsetAccuracy);
        Assert.AreEqual(1, evaluator.F1(0));
        Assert.AreEqual(0.5, evaluator.F1(1));
        Assert.AreEqual(0, evaluator.F1(2));
        Assert.AreEqual(2.0 * 3 / (4 + 4), evaluator.MicroF1);
        Assert.AreEqual(0.5, evaluator.MacroF1);
        Assert.ThrowsExactly<ArgumentException>(() => evaluator.Add([true], [true, false, false]));
    }

    /// <summary>Five numbers whose rank correlation is in many textbooks.</summary>
    [TestMethod]
    public void Known_correlations()
    {
        Assert.AreEqual(0.8320502943378437, Correlation.Pearson([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 1e-15);
        Assert.AreEqual(0.8207826816681233, Correlation.Spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 1e-15);
        Assert.AreEqual(1, Correlation.Spearman([1, 2, 3], [1, 10, 1000]));
        Assert.AreEqual(-1, Correlation.Pearson([1, 2, 3], [0.3f, 0.2f, 0.1f]), 1e-7);
        Assert.IsTrue(double.IsNaN(Correlation.Pearson([1, 1], [1, 2])));
        Assert.IsTrue(double.IsNaN(Correlation.Spearman([], [])));
        Assert.IsTrue(double.IsNaN(Correlation.Spearman([1, 2], [float.NaN, 2])));
        Assert.ThrowsExactly<ArgumentException>(() => Correlation.Pearson([1], []));
    }

    [TestMethod]
    public void Spearman_is_pearson_of_ranks_that_are_counted()
    {
        var random = new Random(2);
        for (int trial = 0; trial < 300; trial++)
        {
            int count = random.Next(2, 30);
            float[] x = [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(8))],
                y = [.. x.Select(value => random.Next(2) == 0 ? value : random.Next(8))];
            double expected = Textbook(Ranks(x), Ranks(y));
            double actual = Correlation.Spearman(x, y);
            Assert.IsTrue(double.IsNaN(expected) ? double.IsNaN(actual) : Math.Abs(expected - actual) < 1e-12, $"{expected} {actual}");
        }

        static double[] Ranks(float[] values) =>
            [.. values.Select(v => 1 + values.Count(w => w < v) + (values.Count(w => w == v) - 1) / 2.0)];
        static double Textbook(double[] x, double[] y)
        {
            double n = x.Length, xy = x.Zip(y, (a, b) => a * b).Sum() - x.Sum() * y.Sum() / n;
            return xy / Math.Sqrt((x.Sum(a => a * a) - x.Sum() * x.Sum() / n) * (y.Sum(a => a * a) - y.Sum() * y.Sum() / n));
        }
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
            action();
    }
}
