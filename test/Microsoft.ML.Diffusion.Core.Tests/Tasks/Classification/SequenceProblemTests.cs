using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class SequenceProblemTests
{
    [TestMethod]
    public void A_head_says_what_its_logits_are_about()
    {
        Assert.IsInstanceOfType<SingleLabelProblem>(SequenceProblem.Of(Configuration(null)));
        Assert.IsInstanceOfType<SingleLabelProblem>(SequenceProblem.Of(Configuration("single_label_classification")));
        Assert.IsInstanceOfType<MultiLabelProblem>(SequenceProblem.Of(Configuration("multi_label_classification")));
        Assert.IsInstanceOfType<RegressionProblem>(SequenceProblem.Of(Configuration("regression")));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => SequenceProblem.Of(Configuration("ranking"))).Message,
            "ranking");

        static TaskConfiguration Configuration(string? problem) => new(TaskKind.SequenceClassification, ["a", "b"], problem);
    }

    [TestMethod]
    public void Probabilities_of_classes_add_up_and_those_of_labels_need_not()
    {
        float[] scores = new float[3];
        new SingleLabelProblem(3).Score([1, 2, 3], scores);
        double e = Math.E, sum = e + e * e + e * e * e;
        AssertNear([e / sum, e * e / sum, e * e * e / sum], scores);
        new MultiLabelProblem(3).Score([0, 2, -2], scores);
        AssertNear([0.5, 1 / (1 + Math.Exp(-2)), 1 / (1 + Math.Exp(2))], scores);
        Assert.Throws<ArithmeticException>(() => new SingleLabelProblem(3).Score([1, float.NaN, 3], scores));
        Assert.AreEqual(1, SingleLabelProblem.MostProbable([.2f, .4f, .4f]));
    }

    [TestMethod]
    public void A_batchs_weight_is_that_of_its_classes()
    {
        float[] gradient = new float[6];
        BatchLoss loss = new SingleLabelProblem(3, classWeights: [1, 2, 0.5f]).Loss([0, 0, 0, 0, 0, 0], [1, 2], gradient);
        Assert.AreEqual(2.5, loss.Weight);
        Assert.AreEqual(2.5 * Math.Log(3), loss.Sum, 1e-6);
        AssertNear([2 / 3.0, -4 / 3.0, 2 / 3.0, 0.5 / 3, 0.5 / 3, -1 / 3.0], gradient);
        // Labels: the mean over labels, and one of weight for each text.
        loss = new MultiLabelProblem(3).Loss([0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0], gradient);
        Assert.AreEqual(2, loss.Weight);
        Assert.AreEqual(2 * Math.Log(2), loss.Sum, 1e-6);
        AssertNear([-0.5 / 3, 0.5 / 3, -0.5 / 3, 0.5 / 3, 0.5 / 3, 0.5 / 3], gradient);
    }

    [TestMethod]
    public void Balanced_weights_make_classes_count_alike()
    {
        float[] weights = SingleLabelProblem.BalancedWeights([90, 0, 10]);
        AssertNear([100 / 180.0, 1, 5], weights);
        Assert.AreEqual(90 * weights[0], 10 * weights[2], 1e-4);
    }

    [TestMethod]
    public void Numbers_are_learned_by_their_deviation_from_the_mean_and_scored_in_their_unit()
    {
        float[] targets = [1000, 1010, 1020, 1030], gradient = new float[2], score = new float[1];
        double deviation = Math.Sqrt((15 * 15 + 5 * 5) / 2.0);
        var problem = new RegressionProblem(targets);
        BatchLoss loss = problem.Loss([0, 1], [1015, 1030], gradient);
        double error = 1 - 15 / deviation;
        Assert.AreEqual(error * error, loss.Sum, 1e-6);
        Assert.AreEqual(2, loss.Weight);
        AssertNear([0, 2 * error], gradient);
        problem.Score([-1], score);
        Assert.AreEqual(1015 - deviation, score[0], 1e-3);
        // All alike: there is no deviation to divide by.
        new RegressionProblem([7f, 7]).Score([0.5f], score);
        Assert.AreEqual(7.5f, score[0]);
        Assert.ThrowsExactly<ArgumentException>(() => new RegressionProblem([1f, float.NaN]));
        Assert.ThrowsExactly<ArgumentException>(() => new RegressionProblem(ReadOnlySpan<float>.Empty));
    }

    [TestMethod]
    public void Measures_are_of_what_is_predicted()
    {
        Evaluation classes = new SingleLabelProblem(2).Measure([.9f, .1f, .4f, .6f, .8f, .2f], [0, 1, 1], 2);
        Assert.AreEqual("accuracy", classes.Deciding.Name);
        Assert.AreEqual(2 / 3.0, classes.Deciding.Value, 1e-9);
        Assert.AreEqual(-(Math.Log(.9) + Math.Log(.6) + Math.Log(.2)) / 3,
            classes.Metrics.Single(metric => metric.Name == "log-loss").Value, 1e-6);
        Evaluation labels = new MultiLabelProblem(2, threshold: 0.3).Measure([.9f, .1f, .4f, .2f], [1, 0, 1, 1], 2);
        Assert.AreEqual(2 * 2 / (3 + 2.0), labels.Deciding.Value, 1e-9);
        Evaluation numbers = new RegressionProblem().Measure([1, 2, 3], [1, 2, 6], 1);
        Assert.AreEqual(Math.Sqrt(3), numbers.Deciding.Value, 1e-9);
        Assert.IsFalse(numbers.Deciding.HigherIsBetter);
        Assert.AreEqual(1, numbers.Metrics.Single(metric => metric.Name == "Spearman").Value, 1e-9);
    }

    [TestMethod]
    public void Settings_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new SingleLabelProblem(1));
        Assert.Throws<ArgumentException>(() => new SingleLabelProblem(2, labelSmoothing: 1));
        Assert.Throws<ArgumentException>(() => new SingleLabelProblem(2, labelSmoothing: double.NaN));
        Assert.Throws<ArgumentException>(() => new SingleLabelProblem(2, classWeights: [1]));
        Assert.Throws<ArgumentException>(() => new SingleLabelProblem(2, classWeights: [0, 0]));
        Assert.Throws<ArgumentException>(() => new SingleLabelProblem(2, classWeights: [1, float.NaN]));
        Assert.Throws<ArgumentException>(() => new MultiLabelProblem(2, threshold: 0));
        Assert.Throws<ArgumentException>(() => new MultiLabelProblem(0));
    }

    private static void AssertNear(double[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-5, $"[{i}]");
    }
}
