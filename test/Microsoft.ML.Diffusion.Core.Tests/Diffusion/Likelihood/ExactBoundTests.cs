using Microsoft.ML.Diffusion.Likelihood;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The bounds of the perfect denoiser of the toy chain with no draw at all: every text and every set of masks is scored by the product,
/// under the product's rates, weights and rate terms, and time is integrated by Gauss's rule of two points.
/// </summary>
[TestClass]
public class ExactBoundTests
{
    [TestMethod]
    public void Schedules_that_run_from_one_to_zero_give_the_entropy()
    {
        foreach (MaskSchedule schedule in new[]
        {
            MaskSchedule.Linear, MaskSchedule.Cosine, MaskSchedule.Polynomial(2), MaskSchedule.RobertaDiffusion,
            MaskSchedule.LogLinear(), MaskSchedule.LogLinear(.2), MaskSchedule.Discrete(.25, .5),
            MaskSchedule.Custom(t => 1 - t * t, t => -2 * t),
        })
        {
            Assert.AreEqual(ToyChain.Entropy, Bound(schedule.ForBound()), 1e-5, schedule.Name);
        }
    }

    /// <summary>What is not a bound is seen not to be: without its terminal interval, log-linear is below the entropy.</summary>
    [TestMethod]
    public void Log_linear_without_its_terminal_interval_is_no_bound()
    {
        Assert.AreEqual(3.16495, Bound(MaskSchedule.LogLinear()), 1e-5);
        Assert.AreEqual(3.4427, Bound(MaskSchedule.Clipped(.45, .95)) / .5, 1e-4);
    }

    /// <summary>Against an independent enumeration by 2,000 midpoints.</summary>
    [TestMethod]
    [DataRow(0, 3.168934)]
    [DataRow(.1, 3.177376)]
    [DataRow(.3, 3.245582)]
    public void Spindle_with_its_rate_terms(double strength, double expected)
    {
        MaskSchedule schedule = MaskSchedule.Spindle(strength, MaskScheduleTests.ToyHistogram);
        Assert.AreEqual(expected, Bound(schedule.ForBound()), 1e-5);
        Assert.AreEqual(ToyChain.Entropy, Bound(schedule, rateTerms: false), 1e-5); // the cross-entropy alone, which bounds nothing
    }

    [TestMethod]
    public void Spindle_is_never_below_the_entropy()
    {
        double before = ToyChain.Entropy;
        foreach (double strength in new[] { .05, .2, .5, .9 })
        {
            double bound = Bound(MaskSchedule.Spindle(strength, MaskScheduleTests.ToyHistogram).ForBound());
            Assert.IsGreaterThan(before, bound);
            before = bound;
        }
    }

    private static double Bound(MaskSchedule schedule, bool rateTerms = true)
    {
        const int panels = 20; // the steps of every list end where a panel does
        double place = .5 / Math.Sqrt(3), integral = 0;
        for (int panel = 0; panel < panels; panel++)
            integral += (Integrand(schedule, (panel + .5 - place) / panels, rateTerms) +
                Integrand(schedule, (panel + .5 + place) / panels, rateTerms)) / 2 / panels;
        return integral;
    }

    private static double Integrand(MaskSchedule schedule, double time, bool rateTerms)
    {
        MaskedScorer scorer = new(new ToyChain(), 4096, rateTerms ? schedule : null);
        for (int i = 0; i < ToyChain.States; i++)
        {
            int[] x = ToyChain.Sequence(i);
            scorer.Begin(1);
            for (int mask = 1; mask < 16; mask++)
            {
                double chance = 1;
                for (int j = 0; j < 4; j++)
                    chance *= (mask >> j & 1) == 1 ? schedule.MaskRate(time, x[j]) : 1 - schedule.MaskRate(time, x[j]);
                scorer.Copy(x, time);
                for (int j = 0; j < 4; j++)
                {
                    if ((mask >> j & 1) == 1)
                        scorer.MaskAndAsk(j, chance * schedule.Weight(time, x[j]), 0, chance);
                }
            }
        }
        scorer.Run(default);
        return scorer.Sums.Select((sums, i) => ToyChain.Distribution[i] * sums[0]).Sum();
    }
}
