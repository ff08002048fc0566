using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What holds of every estimator of a bound, and of the one over orders, against enumeration on the toy chain.</summary>
[TestClass]
public class BoundEstimatorTests
{
    private static readonly int[] s_text = [0, 2, 2, 1];

    /// <summary>A wrong denoiser, so that order matters: the mean over the 24 orders is what all three estimate.</summary>
    [TestMethod]
    public void All_estimators_of_a_wrong_model_estimate_the_same()
    {
        double exact = BentChain.Orders(s_text).Average();
        Dictionary<string, Func<NelboOptions, BoundEstimator>> estimators = new()
        {
            ["count"] = options => new NelboEstimator(new BentChain(), options),
            ["orders"] = options => new OrderBoundEstimator(new BentChain(), options with { Draws = 1 }),
            ["linear"] = options => new TimeBoundEstimator(new BentChain(), MaskSchedule.Linear, options),
            ["cosine"] = options => new TimeBoundEstimator(new BentChain(), MaskSchedule.Cosine, options),
            ["square"] = options => new TimeBoundEstimator(new BentChain(), MaskSchedule.Polynomial(2), options),
            ["log-linear"] = options => new TimeBoundEstimator(new BentChain(), MaskSchedule.LogLinear(.3), options),
            ["spindle of no strength"] = options =>
                new TimeBoundEstimator(new BentChain(), MaskSchedule.Spindle(0, MaskScheduleTests.ToyHistogram), options),
        };
        foreach ((string name, Func<NelboOptions, BoundEstimator> make) in estimators)
        {
            BoundEstimator estimator = make(new NelboOptions { Draws = 8, Seed = 4 });
            for (int i = 0; i < 4000; i++)
                estimator.Add(s_text);
            (double mean, double error) = Mean(estimator.Complete().Nats);
            Assert.IsLessThan(.08, error, name);
            Assert.AreEqual(exact, mean, 4 * error, name);
        }
    }

    /// <summary>The bound of the perfect denoiser under spindle, drawn: 3.245582 (ExactBoundTests), clearly above the entropy.</summary>
    [TestMethod]
    public void Spindle_drawn_is_spindle_enumerated()
    {
        MaskSchedule schedule = MaskSchedule.Spindle(.3, MaskScheduleTests.ToyHistogram);
        List<double> means = [];
        for (int round = 0; round < 20; round++)
        {
            TimeBoundEstimator estimator = new(new ToyChain(), schedule, new NelboOptions { Draws = 60, Seed = (ulong)round });
            BoundReport report = estimator.Estimate(AllTexts());
            means.Add(report.Nats.Select((nats, i) => nats * ToyChain.Distribution[i]).Sum());
        }
        (double mean, double error) = Mean(means);
        Assert.IsLessThan(.025, error);
        Assert.AreEqual(3.245582, mean, 4 * error);
        Assert.IsGreaterThan(ToyChain.Entropy + 2 * error, mean);
    }

    /// <summary>In T steps the bound is looser by the gaps of
    /// <see cref="MaskScheduleTests.Discrete_gaps"/>; a list has its own steps.</summary>
    [TestMethod]
    public void Discrete_time_has_its_gap()
    {
        double list = 0, before = 0;
        foreach (double rate in new[] { .2, .5, 1 })
        {
            list += (rate - before) / rate * ToyChain.ExpectedLoss(rate);
            before = rate;
        }
        foreach ((MaskSchedule schedule, int steps, double expected) in new[]
        {
            (MaskSchedule.Linear, 4, ToyChain.Entropy + .186579), (MaskSchedule.Cosine, 2, ToyChain.Entropy + .431290),
                (MaskSchedule.Linear, 1, ToyChain.Entropy + .813987),
            (MaskSchedule.Discrete(.2, .5, 1), 0, list),
        })
        {
            List<double> means = [];
            for (int round = 0; round < 20; round++)
            {
                BoundReport report = new TimeBoundEstimator(new ToyChain(), schedule, new NelboOptions { Draws = 60, Seed = (ulong)round },
                    steps: steps).Estimate(AllTexts());
                means.Add(report.Nats.Select((nats, i) => nats * ToyChain.Distribution[i]).Sum());
            }
            (double mean, double error) = Mean(means);
            Assert.IsLessThan(.02, error);
            Assert.AreEqual(expected, mean, 4 * error + 1e-5, $"{schedule} in {steps}");
        }
    }

    /// <summary>To the perfect denoiser every order is the chain rule: −log p itself, whatever K.</summary>
    [TestMethod]
    public void Any_order_of_the_perfect_denoiser_is_the_likelihood()
    {
        foreach (int orders in new[] { 1, 3 })
        {
            BoundReport report = new OrderBoundEstimator(new ToyChain(), new NelboOptions { Draws = orders }).Estimate(AllTexts());
            for (int i = 0; i < ToyChain.States; i++)
                Assert.AreEqual(-Math.Log(ToyChain.Distribution[i]), report.Nats[i], 1e-5);
            if (orders > 1)
                Assert.AreEqual(0, report.DrawStandardError, 1e-5);
        }
    }

    /// <summary>The expectation over all K-tuples of the 24 orders, enumerated: it falls with K towards −log of the
    /// mean, and that is what is drawn.</summary>
    [TestMethod]
    public void More_orders_are_a_tighter_bound()
    {
        double[] orders = BentChain.Orders(s_text);
        double one = orders.Average(), limit = -Math.Log(orders.Average(cost => Math.Exp(-cost)));
        double two = orders.SelectMany(a => orders.Select(b => -Math.Log((Math.Exp(-a) + Math.Exp(-b)) / 2))).Average();
        double three =
            orders.SelectMany(a => orders.SelectMany(b => orders.Select(c => -Math.Log((Math.Exp(-a) + Math.Exp(-b) + Math.Exp(-c)) / 3))))
            .Average();
        Assert.IsTrue(one > two + .02 && two > three + .005 && three > limit + .005, $"{one} {two} {three} {limit}");
        foreach ((int draws, double expected) in new[] { (1, one), (2, two), (3, three) })
        {
            OrderBoundEstimator estimator = new(new BentChain(), new NelboOptions { Draws = draws, Seed = 3 });
            for (int i = 0; i < 6000; i++)
                estimator.Add(s_text);
            (double mean, double error) = Mean(estimator.Complete().Nats);
            Assert.AreEqual(expected, mean, 4 * error, $"{draws} orders");
            Assert.IsLessThan(draws == 3 ? (two - three) / 2 : .02, error);
        }
    }

    /// <summary>With many orders of one text the interval is by the delta method around the limit.</summary>
    [TestMethod]
    public void The_interval_of_one_text_holds_as_often_as_it_says()
    {
        double limit = -Math.Log(BentChain.Orders(s_text).Average(cost => Math.Exp(-cost))) / Math.Log(2) / 4;
        int held = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            OrderBoundEstimator estimator = new(new BentChain(), new NelboOptions { Draws = 64, Seed = (ulong)trial });
            estimator.Add(s_text);
            BitRate rate = estimator.Complete().BitsPerToken;
            held += rate.Low <= limit && limit <= rate.High ? 1 : 0;
        }
        Assert.IsGreaterThanOrEqualTo(178, held); // 190 expected, standard deviation 3.1
        Assert.IsLessThan(200, held);
    }

    [TestMethod]
    public void The_interval_over_texts_holds_as_often_as_it_says()
    {
        Random random = new(3);
        int held = 0;
        for (int trial = 0; trial < 200; trial++)
        {
            TimeBoundEstimator estimator =
                new(new ToyChain(), MaskSchedule.Polynomial(2), new NelboOptions { Draws = 3, Seed = (ulong)trial });
            for (int i = 0; i < 100; i++)
            {
                double u = random.NextDouble();
                int text = 0;
                while (text < ToyChain.States - 1 && (u -= ToyChain.Distribution[text]) > 0)
                    text++;
                estimator.Add(ToyChain.Sequence(text));
            }
            BitRate rate = estimator.Complete().BitsPerToken;
            double truth = ToyChain.Entropy / 4 / Math.Log(2);
            held += rate.Low <= truth && truth <= rate.High ? 1 : 0;
        }
        Assert.IsGreaterThanOrEqualTo(178, held);
        Assert.IsLessThan(200, held);
    }

    [TestMethod]
    public void Batches_change_nothing()
    {
        RaggedTokens texts = new();
        for (int i = 0; i < 12; i++)
            texts.Append([.. Enumerable.Range(0, 3 + i).Select(j => (i * j) % 9)]);
        TokenHistogram histogram = new(12);
        histogram.Add(texts.Tokens);
        MaskSchedule spindle = MaskSchedule.Spindle(.2, histogram);
        foreach (Func<IDenoiser, NelboOptions, BoundEstimator> make in new Func<IDenoiser, NelboOptions, BoundEstimator>[]
        {
            (denoiser, options) => new OrderBoundEstimator(denoiser, options),
            (denoiser, options) => new TimeBoundEstimator(denoiser, spindle, options),
            (denoiser, options) => new TimeBoundEstimator(denoiser, MaskSchedule.Cosine, options),
        })
        {
            FakeDenoiser one = new(12, 11), other = new(12, 11);
            BoundReport alone = make(one, new NelboOptions { TokenBudget = 1, Draws = 3 }).Estimate(texts);
            BoundReport together = make(other, new NelboOptions { TokenBudget = 200, Draws = 3 }).Estimate(texts);
            Assert.IsLessThan(one.Calls / 3, other.Calls);
            CollectionAssert.AreEqual(alone.Nats.ToArray(), together.Nats.ToArray());
        }
    }

    /// <summary>Knowing nothing costs log(V − 1) for each token under every schedule: protected ones cost
    /// nothing, nor has the mask a chance.</summary>
    [TestMethod]
    public void Given_tokens_cost_nothing()
    {
        FakeDenoiser denoiser = new(12, 11) { Flat = true };
        OrderBoundEstimator orders = new(denoiser, new NelboOptions { Draws = 2 }, id => id == 10);
        TimeBoundEstimator times = new(denoiser, MaskSchedule.Linear, new NelboOptions { Draws = 2 }, id => id == 10, steps: 1);
        foreach (BoundEstimator estimator in new BoundEstimator[] { orders, times })
        {
            estimator.Add([10, 1, 2, 3, 4, 10], leading: 2);
            estimator.Add([10, 10]);
            estimator.Add([1, 2, 3, 4, 5], leading: 1, trailing: 2);
            BoundReport report = estimator.Complete();
            CollectionAssert.AreEqual(new[] { 3, 0, 2 }, report.Tokens.ToArray());
            Assert.AreEqual(5 * Math.Log(11), report.TotalNats, 1e-5);
        }
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new TimeBoundEstimator(new ToyChain(),
                MaskSchedule.Spindle(.1, MaskScheduleTests.ToyHistogram), new NelboOptions(), steps: 4)).Message,
            "continuous time");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => new TimeBoundEstimator(new ToyChain(), MaskSchedule.Linear, new NelboOptions(), steps: -1));
        TimeBoundEstimator broken = new(new FakeDenoiser(9, 3) { NanAtCall = 1 }, MaskSchedule.Linear, new NelboOptions(), steps: 1);
        broken.Add([1, 2]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => broken.Complete()).Message, "sequence 0, draw 0");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => broken.Add([1, .. new int[5000]])).Message,
            "interrupted");
    }

    private static RaggedTokens AllTexts()
    {
        RaggedTokens texts = new();
        for (int i = 0; i < ToyChain.States; i++)
            texts.Append(ToyChain.Sequence(i));
        return texts;
    }

    private static (double Mean, double Error) Mean(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count));
    }
}
