namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class MaskScheduleTests
{
    public static IEnumerable<object[]> Schedules => MaskSchedule.All.Select(schedule => new object[] { schedule });

    [TestMethod]
    public void Closed_forms()
    {
        foreach (double t in new[] { 1e-9, .001, .2, .5, .9, .999 })
        {
            Assert.AreEqual(1 - t, MaskSchedule.Linear.Alpha(t), 1e-15);
            Assert.AreEqual(1 / t, MaskSchedule.Linear.Weight(t), 1e-12 / t);
            Assert.AreEqual(1 - Math.Cos(Math.PI / 2 * (1 - t)), MaskSchedule.Cosine.Alpha(t), 1e-15);
            double weight = Math.PI / 2 * Math.Tan(Math.PI / 2 * (1 - t));
            Assert.AreEqual(weight, MaskSchedule.Cosine.Weight(t), 1e-6 * weight);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void Derivative_weight_and_inverse_agree_with_alpha(MaskSchedule schedule)
    {
        Assert.AreEqual(0.0, schedule.MaskRate(0));
        Assert.AreEqual(1.0, schedule.MaskRate(1));
        Assert.AreEqual(0.0, schedule.TimeAt(0));
        Assert.AreEqual(1.0, schedule.TimeAt(1));
        const double h = 1e-6;
        for (double t = .01; t < .995; t += .01)
        {
            double difference = (schedule.Alpha(t + h) - schedule.Alpha(t - h)) / (2 * h);
            Assert.AreEqual(difference, schedule.AlphaDerivative(t), 1e-8);
            Assert.AreEqual(-difference / (1 - schedule.Alpha(t)), schedule.Weight(t), 1e-5);
            Assert.AreEqual(t, schedule.TimeAt(schedule.MaskRate(t)), 1e-12);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void The_bound_of_the_perfect_denoiser_is_the_entropy(MaskSchedule schedule)
    {
        const int n = 20000;
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double t = (i + .5) / n;
            sum += schedule.Weight(t) * ToyChain.ExpectedLoss(schedule.MaskRate(t)) / n;
        }
        Assert.AreEqual(ToyChain.Entropy, sum, 1e-5);
    }

    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void A_name_is_read_back(MaskSchedule schedule)
    {
        Assert.AreSame(schedule, MaskSchedule.Parse(schedule.Name));
        Assert.AreSame(schedule, MaskSchedule.Parse(schedule.ToString().ToUpperInvariant()));
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        ArgumentException unknown = Assert.ThrowsExactly<ArgumentException>(() => MaskSchedule.Parse("Sqrt"));
        StringAssert.Contains(unknown.Message, "Linear, Cosine");
        foreach (MaskSchedule schedule in MaskSchedule.All)
        {
            foreach (double bad in new[] { -.1, 1.1, double.NaN })
            {
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.Alpha(bad));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.AlphaDerivative(bad));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.TimeAt(bad));
            }
        }
    }
}
