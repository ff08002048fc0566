using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

[TestClass]
public sealed class TrainingReportTests
{
    /// <summary>Rows at each epoch's half, of these losses; whether the end is no better than chance, which is 1.</summary>
    [TestMethod]
    [DataRow(new[] { 213.0, 20, 4, 4 }, true)]
    [DataRow(new[] { 1.1, 1.1, 1.1, 1.0 }, true)]
    [DataRow(new[] { 213.0, 20, 4, 0.5 }, false)]
    [DataRow(new[] { 1.1, 0.9, 0.5, 1.1 }, false)]
    [DataRow(new[] { 1.1, 0.9, 0.5, 0.2 }, false)]
    [DataRow(new[] { 1.1, double.NaN }, true)]
    [DataRow(new double[] { }, false)]
    public void The_end_is_compared_with_chance(double[] losses, bool worse)
    {
        List<TrainingProgress> rows =
            [.. losses.Select((loss, i) => new TrainingProgress { Step = 10 * (i + 1), Epoch = (i + 1) / 2.0, Loss = loss })];
        Assert.AreEqual(worse, new TrainingReport(new TrainingState { Rows = rows }, chanceLoss: 1, resumedAt: 0).IsWorseThanChance);
        Assert.IsFalse(new TrainingReport(new TrainingState { Rows = rows }, double.NaN, resumedAt: 0).IsWorseThanChance,
            "nothing is known of chance");
    }

    [TestMethod]
    public void A_loss_has_risen_where_it_was_twice_the_first()
    {
        Assert.IsTrue(Risen(1, 2.1));
        Assert.IsFalse(Risen(1, 1.9));
        Assert.IsFalse(Risen(null, null));

        static bool Risen(double? first, double? highest) =>
            new TrainingReport(new TrainingState { FirstLoss = first, HighestLoss = highest }, 1, 0).HasRisen;
    }

    [TestMethod]
    public void Chance_is_the_best_guess_that_is_the_same_for_all()
    {
        Assert.AreEqual(Math.Log(4), new SingleLabelProblem(4).ChanceLoss([0, 1, 2, 3]), 1e-12);
        Assert.AreEqual(0, new SingleLabelProblem(4).ChanceLoss([2, 2]));
        Assert.AreEqual(Math.Log(2), new SingleLabelProblem(2, classWeights: [3, 1]).ChanceLoss([0, 1, 1, 1]), 1e-12);
        Assert.AreEqual(Math.Log(2) / 2, new MultiLabelProblem(2).ChanceLoss([1, 0, 0, 0]), 1e-12);
        float[] numbers = [100, 101, 103, 1];
        Assert.AreEqual(1, new RegressionProblem(numbers).ChanceLoss(numbers), 1e-6);
        Assert.AreEqual(0, new RegressionProblem([5, 5]).ChanceLoss([5, 5]));
    }

    /// <summary>Logits that are the same for all examples, fitted to the loss that is trained, reach chance and no less.</summary>
    [TestMethod]
    [DataRow(0.0, null)]
    [DataRow(0.2, null)]
    [DataRow(0.2, new[] { 1f, 3, 0.5f })]
    [DataRow(0.1, new[] { 2f, 0, 1 })]
    public void Chance_is_the_fitted_constant_under_smoothing_and_weights(double smoothing, float[]? weights)
    {
        var problem = new SingleLabelProblem(3, smoothing, weights);
        float[] targets = [0, 0, 0, 0, 0, 1, 2, 2], constant = new float[3], gradient = new float[targets.Length * 3];
        double loss = double.NaN;
        for (int step = 0; step < 5000; step++)
        {
            BatchLoss batch =
                problem.Loss([.. Enumerable.Repeat(constant, targets.Length).SelectMany(logits => logits)], targets, gradient);
            loss = batch.Mean;
            for (int i = 0; i < gradient.Length; i++)
                constant[i % 3] -= (float)(gradient[i] / batch.Weight);
        }
        Assert.AreEqual(loss, problem.ChanceLoss(targets), 1e-3);
    }

    [TestMethod]
    public void A_perfect_model_of_smoothed_targets_is_better_than_chance()
    {
        double[] perfect = [0.9, 0.1];
        float[] targets = [.. Enumerable.Repeat(0f, 95), .. Enumerable.Repeat(1f, 5)];
        double chance = new SingleLabelProblem(2, labelSmoothing: 0.2).ChanceLoss(targets), least = -perfect.Sum(p => p * Math.Log(p));
        Assert.AreEqual(-0.86 * Math.Log(0.86) - 0.14 * Math.Log(0.14), chance, 1e-12);
        Assert.IsFalse(new TrainingReport(new TrainingState { Rows = [new TrainingProgress { Step = 1, Epoch = 1, Loss = least }] }, chance,
            0).IsWorseThanChance);
    }
}
