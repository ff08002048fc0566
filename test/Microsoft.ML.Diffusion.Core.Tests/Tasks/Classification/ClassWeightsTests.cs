using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tests.Tasks;

[TestClass]
public sealed class ClassWeightsTests
{
    [TestMethod]
    [DataRow(1.0)]
    [DataRow(3.0)]
    [DataRow(1e-30)]
    [DataRow(1e30)]
    [DataRow(1e-44)]
    [DataRow(3e38)]
    [DataRow(1e-300)]
    [DataRow(1e300)]
    [DataRow(5e-324)]
    [DataRow(double.MaxValue)]
    public void Equal_weights_are_one(double weight) =>
        CollectionAssert.AreEqual(new float[] { 1, 1, 1 }, ClassWeights.Normalize([weight, weight, weight]));

    [TestMethod]
    public void Weights_of_usual_size_are_taken_as_they_are()
    {
        CollectionAssert.AreEqual(new float[] { 1, 2, 0.5f }, ClassWeights.Normalize([1, 2, 0.5]));
        CollectionAssert.AreEqual(new float[] { 0, 81, 0.1f }, ClassWeights.Normalize([0, 81, 0.1]));
        Assert.IsEmpty(ClassWeights.Normalize([]));
    }

    [TestMethod]
    public void Weights_of_unusual_size_count_by_how_they_compare()
    {
        CollectionAssert.AreEqual(new float[] { 1, 0.5f, 0 }, ClassWeights.Normalize([2e30, 1e30, 0]));
        CollectionAssert.AreEqual(new float[] { 1, 0.5f, 0 }, ClassWeights.Normalize([2e-300, 1e-300, 0]));
        CollectionAssert.AreEqual(new float[] { 1, 1, 0 }, ClassWeights.Normalize([1e30, 1e30, 0]));
        CollectionAssert.AreEqual(new float[] { 1, 1e-30f }, ClassWeights.Normalize([1, 1e-30]));
    }

    [TestMethod]
    [DataRow(new[] { 1, double.NaN }, "class 1 is NaN")]
    [DataRow(new[] { double.PositiveInfinity, 1 }, "class 0 is Infinity")]
    [DataRow(new[] { 1, -1e-30 }, "class 1 is -1E-30")]
    [DataRow(new double[] { 0, 0 }, "all 2 weights are 0")]
    [DataRow(new[] { 1e30, 1e-30 }, "1E-30 and 1E+30")]
    [DataRow(new[] { 1, 1e-39, 0 }, "1E-39 and 1")]
    [DataRow(new[] { 5e-324, double.MaxValue }, "further apart than float holds")]
    public void What_cannot_be_weighed_is_refused_by_name(double[] weights, string part)
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => ClassWeights.Normalize(weights));
        StringAssert.StartsWith(exception.Message, "ClassWeights: ");
        StringAssert.Contains(exception.Message, part);
        StringAssert.Contains(exception.Message, "expected");
        StringAssert.Contains(exception.Message, "Give ");
    }

    /// <summary>The losses and their gradients too, bit for bit.</summary>
    [TestMethod]
    [DataRow(1e-30f)]
    [DataRow(1e30f)]
    [DataRow(float.Epsilon)]
    [DataRow(float.MaxValue)]
    public void A_loss_of_equal_weights_is_that_of_none(float weight)
    {
        float[] logits = [0.3f, -1, 2, 0.1f, 0.2f, 0.7f], gradient = new float[6], plainGradient = new float[6];
        var plain = new SingleLabelProblem(3, labelSmoothing: 0.1).Loss(logits, [1, 2], plainGradient);
        Assert.AreEqual(plain, new SingleLabelProblem(3, labelSmoothing: 0.1, classWeights: [weight, weight, weight])
            .Loss(logits, [1, 2], gradient));
        CollectionAssert.AreEqual(plainGradient, gradient);
    }
}
