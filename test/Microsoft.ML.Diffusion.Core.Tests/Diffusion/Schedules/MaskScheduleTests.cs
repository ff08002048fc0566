using Microsoft.ML.Diffusion.Objective;
using Microsoft.ML.Diffusion.Schedules;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class MaskScheduleTests
{
    /// <summary>The unigrams of the toy chain, over its four positions.</summary>
    internal static TokenHistogram ToyHistogram
    {
        get
        {
            TokenHistogram histogram = new(ToyChain.Symbols);
            for (int i = 0; i < ToyChain.States; i++)
            {
                foreach (int token in ToyChain.Sequence(i))
                    histogram.Add(token, (long)Math.Round(ToyChain.Distribution[i] * 1e12));
            }
            return histogram;
        }
    }

    public static IEnumerable<object[]> Schedules => Every().Select(schedule => new object[] { schedule });

    public static IEnumerable<object[]> Saved => Every().Where(schedule => !schedule.Name.StartsWith("Custom", StringComparison.Ordinal))
        .Select(schedule => new object[] { schedule });

    [TestMethod]
    public void Closed_forms()
    {
        MaskSchedule polynomial = MaskSchedule.Polynomial(3), logLinear = MaskSchedule.LogLinear(), clipped = MaskSchedule.Clipped(.3, .8);
        foreach (double t in new[] { 1e-9, .001, .2, .5, .9, .999 })
        {
            Assert.AreEqual(1 - t, MaskSchedule.Linear.Alpha(t), 1e-15);
            Assert.AreEqual(1 / t, MaskSchedule.Linear.Weight(t), 1e-12 / t);
            Assert.AreEqual(1 - Math.Cos(Math.PI / 2 * (1 - t)), MaskSchedule.Cosine.Alpha(t), 1e-15);
            double weight = Math.PI / 2 * Math.Tan(Math.PI / 2 * (1 - t));
            Assert.AreEqual(weight, MaskSchedule.Cosine.Weight(t), 1e-6 * weight);
            Assert.AreEqual(1 - t * t * t, polynomial.Alpha(t), 1e-15);
            Assert.AreEqual(3 / t, polynomial.Weight(t), 1e-12 / t);
            Assert.AreEqual(1 - .999 * t, logLinear.Alpha(t), 1e-15);
            // σ'/(e^σ − 1) with σ = −log(1 − (1 − ε)·t), as SEDD writes it.
            Assert.AreEqual(.999 / (1 - .999 * t) / (1 / (1 - .999 * t) - 1), logLinear.Weight(t), 1e-6 / t);
            Assert.AreEqual(.7 - .5 * t, clipped.Alpha(t), 1e-15);
        }
        for (int k = 1; k <= 10; k++)
            Assert.AreEqual(k / 10.0, MaskSchedule.RobertaDiffusion.MaskRate(k / 10.0));
        Assert.AreEqual(10, MaskSchedule.RobertaDiffusion.Steps);
        MaskSchedule list = MaskSchedule.Discrete(.3, .4, 1);
        Assert.AreEqual(.4, list.MaskRate(2 / 3.0));
        Assert.AreEqual(.7, list.MaskRate(5 / 6.0), 1e-15);
        Assert.AreEqual((.4 - .3) / .4, list.UnmaskProbability(2 / 3.0, 1 / 3.0), 1e-15);
        Assert.AreEqual(1, list.UnmaskProbability(1 / 3.0, 0));
    }

    [TestMethod]
    [DynamicData(nameof(Schedules))]
    public void Derivative_weight_and_inverse_agree_with_alpha(MaskSchedule schedule)
    {
        double low = schedule.Name.StartsWith("Clipped", StringComparison.Ordinal) ? .3 : 0,
            high = low > 0 ? .8 : schedule.Bound == ScheduleBound.NeedsTerminal ? schedule.MaskRate(1) : 1;
        Assert.AreEqual(low, schedule.MaskRate(0));
        Assert.AreEqual(high, schedule.MaskRate(1));
        Assert.AreEqual(0.0, schedule.TimeAt(low));
        Assert.AreEqual(1.0, schedule.TimeAt(high));
        const double h = 1e-6;
        for (double t = .0107; t < .995; t += .01) // off the kinks of lists
        {
            foreach (int token in new[] { 0, 1, 2 })
            {
                double difference = -(schedule.MaskRate(t + h, token) - schedule.MaskRate(t - h, token)) / (2 * h);
                Assert.AreEqual(difference, schedule.AlphaDerivative(t, token), 1e-8);
                Assert.AreEqual(-difference / schedule.MaskRate(t, token), schedule.Weight(t, token), 1e-5);
            }
            Assert.AreEqual((schedule.Alpha(t + h) - schedule.Alpha(t - h)) / (2 * h), schedule.AlphaDerivative(t), 1e-8);
            Assert.AreEqual(-schedule.AlphaDerivative(t) / (1 - schedule.Alpha(t)), schedule.Weight(t), 1e-5);
            Assert.AreEqual(t, schedule.TimeAt(schedule.MaskRate(t)), 1e-12);
        }
    }

    [TestMethod]
    public void Spindle_is_linear_at_zero_and_masks_what_says_much_first()
    {
        MaskSchedule none = MaskSchedule.Spindle(0, ToyHistogram), some = MaskSchedule.Spindle(.3, ToyHistogram);
        Assert.IsTrue(some.DependsOnToken);
        Assert.IsFalse(MaskSchedule.Linear.DependsOnToken);
        double mean = 0;
        double[] unigram = [.47095, .375925, .153125];
        foreach (double p in unigram)
            mean -= p * Math.Log(p);
        for (double t = .05; t < 1; t += .05)
        {
            for (int token = 0; token < 3; token++)
            {
                Assert.AreEqual(t, none.MaskRate(t, token));
                Assert.AreEqual(1 / t, none.Weight(t, token), 1e-12);
                Assert.AreEqual(t + .3 * Math.Sin(Math.PI * t) * (1 + mean / Math.Log(unigram[token])), some.MaskRate(t, token), 1e-9);
                double before = t - .04;
                Assert.AreEqual((some.MaskRate(t, token) - some.MaskRate(before, token)) / some.MaskRate(t, token),
                    some.UnmaskProbability(t, before, token), 1e-15);
            }
            Assert.IsLessThan(some.MaskRate(t, 1), some.MaskRate(t, 0));
            Assert.IsLessThan(some.MaskRate(t, 2), some.MaskRate(t, 1));
            Assert.IsLessThan(some.MaskRate(t, 9), some.MaskRate(t, 2)); // an id that was never seen
        }
    }

    /// <summary>However strong, each token's rate rises from 0 to 1 after the cut, and a token that is
    /// never masked has no weight.</summary>
    [TestMethod]
    public void A_strong_spindle_is_cut_and_stays_monotone()
    {
        TokenHistogram histogram = new(3);
        histogram.Add(0, 980);
        histogram.Add(1, 19);
        histogram.Add(2, 1);
        MaskSchedule schedule = MaskSchedule.Spindle(3, histogram);
        Assert.AreEqual(ScheduleBound.TrainingOnly, schedule.Bound);
        bool cut = false;
        for (int token = 0; token < 3; token++)
        {
            double before = 0;
            for (int i = 0; i <= 1000; i++)
            {
                double t = i / 1000.0, rate = schedule.MaskRate(t, token), weight = schedule.Weight(t, token);
                Assert.IsTrue(rate >= before && rate <= 1 && weight >= 0 && !double.IsNaN(weight), $"{token} at {t}: {rate}, {weight}");
                if (rate == 0 && t > 0)
                {
                    cut = true;
                    Assert.AreEqual(0, weight);
                }
                before = rate;
            }
            Assert.AreEqual(1.0, before);
        }
        Assert.IsTrue(cut);
    }

    /// <summary>Σ (α_s − α_t)/(1 − α_t)·loss(t), over the grid: the gaps of an independent script, on the
    /// linear and on the cosine grid.</summary>
    [TestMethod]
    [DataRow(1, .813987, .813987)]
    [DataRow(2, .384437, .431290)]
    [DataRow(4, .186579, .215862)]
    [DataRow(8, .091880, .106869)]
    [DataRow(16, .045587, .053033)]
    [DataRow(1024, .000707, .000821)]
    public void Discrete_gaps(int steps, double linear, double cosine)
    {
        foreach ((MaskSchedule schedule, double expected) in new[] { (MaskSchedule.Linear, linear), (MaskSchedule.Cosine, cosine) })
        {
            double sum = 0;
            for (int k = 1; k <= steps; k++)
                sum += schedule.UnmaskProbability((double)k / steps, (k - 1.0) / steps) *
                    ToyChain.ExpectedLoss(schedule.MaskRate((double)k / steps));
            Assert.AreEqual(expected, sum - ToyChain.Entropy, 2e-6, schedule.Name);
        }
    }

    [TestMethod]
    public void Each_says_whether_it_bounds()
    {
        Assert.AreEqual(ScheduleBound.Valid, MaskSchedule.Cosine.Bound);
        Assert.AreSame(MaskSchedule.Cosine, MaskSchedule.Cosine.ForBound());
        Assert.AreEqual(ScheduleBound.NeedsTerminal, MaskSchedule.LogLinear().Bound);
        Assert.AreEqual(ScheduleBound.Valid, MaskSchedule.LogLinear().ForBound().Bound);
        Assert.AreEqual(ScheduleBound.NeedsTerminal, MaskSchedule.Discrete(.2, .5).Bound);
        Assert.AreEqual(ScheduleBound.Valid, MaskSchedule.RobertaDiffusion.Bound);
        Assert.AreEqual(ScheduleBound.NeedsRateTerms, MaskSchedule.Spindle(.3, ToyHistogram).Bound);
        foreach (MaskSchedule schedule in new[] { MaskSchedule.Clipped(.3, .8), MaskSchedule.Clipped(0, .8),
            MaskSchedule.CustomForTraining(t => .9 - .5 * t, _ => -.5), MaskSchedule.Spindle(1.2, ToyHistogram) })
        {
            Assert.AreEqual(ScheduleBound.TrainingOnly, schedule.Bound);
            StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => schedule.ForBound()).Message,
                $"{schedule.Name} is for training only");
            Assert.ThrowsExactly<InvalidOperationException>(() => new TimeBoundEstimator(new ToyChain(), schedule, new NelboOptions()));
        }
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => MaskSchedule.Spindle(1.2, ToyHistogram)
            .ForBound()).Message, "up to 0.93");
    }

    [TestMethod]
    [DynamicData(nameof(Saved))]
    public void A_text_is_read_back(MaskSchedule schedule)
    {
        foreach (string text in new[] { schedule.ToText(), schedule.DependsOnToken
            ? schedule.ToText().Replace("Spindle", "sPINDLE", StringComparison.Ordinal) : schedule.ToText().ToUpperInvariant() })
        {
            MaskSchedule read = MaskSchedule.Parse(text);
            Assert.AreEqual(schedule.GetType(), read.GetType());
            Assert.AreEqual(schedule.ToText(), read.ToText());
            for (int token = 0; token < 4; token++)
                Assert.AreEqual(schedule.MaskRate(.37, token), read.MaskRate(.37, token));
        }
        Assert.IsLessThan(60, schedule.ToString().Length);
    }

    [TestMethod]
    public void A_histogram_is_read_back_and_keeps_to_itself()
    {
        TokenHistogram histogram = new(5000);
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
            histogram.Add([(int)(5000 * Math.Pow(random.NextDouble(), 4))]);
        Assert.AreEqual(20_000, histogram.Total);
        TokenHistogram read = TokenHistogram.Parse(histogram.ToText());
        Assert.AreEqual(5000, read.VocabularySize);
        Assert.AreEqual(20_000, read.Total);
        double entropy = 0, mass = 0;
        for (int token = 0; token < 5000; token++)
        {
            Assert.AreEqual(histogram[token], read[token]);
            double p = Math.Exp(-histogram.Information(token));
            entropy -= p * Math.Log(p);
            mass += p;
        }
        Assert.AreEqual(1, mass, 1e-9);
        Assert.AreEqual(entropy, histogram.Entropy, 1e-9);

        MaskSchedule schedule = MaskSchedule.Spindle(.2, histogram);
        double before = schedule.MaskRate(.5, 7);
        histogram.Add(7, 1_000_000);
        Assert.AreEqual(before, schedule.MaskRate(.5, 7));
    }

    [TestMethod]
    public void Your_own_is_checked()
    {
        MaskSchedule own = MaskSchedule.Custom(t => 1 - t * t, t => -2 * t);
        Assert.AreEqual(.25, own.MaskRate(.5));
        Assert.AreEqual(4, own.Weight(.5));
        _ = MaskSchedule.Custom(t => 1 - Math.Sqrt(t), t => -.5 / Math.Sqrt(t)); // infinite at 0, and integrable
        Refused(() => MaskSchedule.Custom(t => 1 - .9 * t, _ => -.9), "from 1 at time 0 to 0.09999999999999998", "CustomForTraining");
        Refused(() => MaskSchedule.Custom(t => .9 - .9 * t, _ => -.9), "from 0.9 at time 0 to 0");
        Refused(() => MaskSchedule.Custom(t => 1 - t - .1 * Math.Sin(6 * Math.PI * t), t => -1 - .6 * Math.PI * Math.Cos(6 * Math.PI * t)),
            "α rises", "CustomForTraining");
        Refused(() => MaskSchedule.Custom(t => 1 - t, _ => 1), "the derivative integrates to");
        Refused(() => MaskSchedule.Custom(t => 1 - t * t, _ => -1), "the derivative integrates to");
        Refused(() => MaskSchedule.Custom(t => t == .5 ? double.NaN : 1 - t, _ => -1), "α is NaN at time 0.5");
        Refused(() => MaskSchedule.CustomForTraining(t => 2 - t, _ => -1), "α is 2 at time 0");
        Assert.Contains("cannot be saved", Assert.ThrowsExactly<InvalidOperationException>(() => own.ToText()).Message);
        Assert.Contains("not saved",
            Assert.ThrowsExactly<InvalidOperationException>(() => MaskSchedule.LogLinear().ForBound().ToText()).Message);

        MaskSchedule wave =
            MaskSchedule.CustomForTraining(t => .5 + .4 * Math.Sin(2 * Math.PI * t), t => .8 * Math.PI * Math.Cos(2 * Math.PI * t));
        Assert.IsFalse(wave.IsMonotone);
        Assert.ThrowsExactly<InvalidOperationException>(() => wave.TimeAt(.5));
        Assert.Contains("falls somewhere",
            Assert.ThrowsExactly<ArgumentException>(() => new MaskingObjective(new MaskingOptions { Schedule = wave }, 9)).Message);
        _ = new MaskingObjective(new MaskingOptions { Schedule = wave, Weighting = LossWeighting.Uniform }, 9);
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        foreach (string text in new[] { "Sqrt", "Custom", "Linear(2)", "Polynomial()", "Polynomial(x)", "Clipped(1)", "Spindle(0.1)",
            "Discrete(", "" })
            Refused(() => MaskSchedule.Parse(text), $"'{text}'", "Linear, Cosine");
        Refused(() => MaskSchedule.Parse("Polynomial(-1)"), "above 0");
        Refused(() => MaskSchedule.Polynomial(0), "above 0");
        Refused(() => MaskSchedule.LogLinear(0), "MaskSchedule.Linear");
        Refused(() => MaskSchedule.LogLinear(1), "below 1");
        Refused(() => MaskSchedule.Clipped(.8, .3), "lowest mask rate is 0.8");
        Refused(() => MaskSchedule.Clipped(.3, 1.1), "highest 1.1");
        Refused(() => MaskSchedule.Discrete(), "empty");
        Refused(() => MaskSchedule.Discrete(.5, .4), "Mask rate 2 is 0.4, after 0.5");
        Refused(() => MaskSchedule.Discrete(.5, .5), "ascending");
        Refused(() => MaskSchedule.Discrete(0, .5), "Mask rate 1 is 0");
        Refused(() => MaskSchedule.Discrete(.5, 1.5), "Mask rate 2 is 1.5");
        Refused(() => MaskSchedule.Spindle(-1, ToyHistogram), "λ");
        Refused(() => MaskSchedule.Spindle(double.NaN, ToyHistogram), "λ");
        Refused(() => MaskSchedule.Spindle(.1, new TokenHistogram(3)), "is empty");
        Refused(() => TokenHistogram.Parse("not Base64!"), "not a histogram");
        Refused(() => TokenHistogram.Parse("AAAA"), "not a histogram");
        Refused(() => TokenHistogram.Parse(ToyHistogram.ToText()[..8]), "not a histogram");
        Refused(() => new TokenHistogram(2).Add([2]), "ids from 0 to 1");
        Refused(() => MaskSchedule.Linear.UnmaskProbability(.2, .5), "later times to earlier");
        Refused(() => MaskSchedule.Clipped(.3, .8).TimeAt(.2), "from 0.3 to 0.8");
        foreach (MaskSchedule schedule in Every())
        {
            foreach (double bad in new[] { -.1, 1.1, double.NaN })
            {
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.Alpha(bad));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.MaskRate(bad, 1));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.AlphaDerivative(bad));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.AlphaDerivative(bad, 1));
                Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => schedule.TimeAt(bad));
            }
        }
    }

    private static IEnumerable<MaskSchedule> Every() =>
    [
        MaskSchedule.Linear, MaskSchedule.Cosine, MaskSchedule.RobertaDiffusion, MaskSchedule.LogLinear(), MaskSchedule.LogLinear(.1),
        MaskSchedule.Polynomial(2),
        MaskSchedule.Polynomial(1.5), MaskSchedule.Discrete(.25, .3, .5, 1), MaskSchedule.Discrete(.25, .5), MaskSchedule.Clipped(.3, .8),
        MaskSchedule.Spindle(.3, ToyHistogram),
        MaskSchedule.Custom(t => 1 - t * t, t => -2 * t),
    ];

    private static void Refused(Action action, params string[] parts)
    {
        Exception exception = Assert.Throws<ArgumentException>(action);
        foreach (string part in parts)
            StringAssert.Contains(exception.Message, part);
    }
}
