using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.Tests.Training;

[TestClass]
public sealed class BatchPlanTests
{
    [TestMethod]
    [DataRow(1, 100)]
    [DataRow(7, 1)]
    [DataRow(3000, 64)]
    [DataRow(500, 100_000)]
    public void Every_example_is_in_one_batch_and_no_batch_is_over_the_budget(int count, int budget)
    {
        var task = new Lengths(count);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var plan = new BatchPlan(task, budget, 0, 5, epoch);
            int[] seen = new int[count];
            int joinable = 0;
            for (int i = 0; i < plan.Count; i++)
            {
                int[] batch = plan[i].ToArray();
                Assert.IsNotEmpty(batch);
                foreach (int example in batch)
                    seen[example]++;
                int tokens = batch.Sum(task.Length);
                Assert.IsTrue(tokens <= budget || batch.Length == 1, $"{tokens} tokens in {batch.Length} examples");
                if (tokens <= budget / 2)
                    joinable++;
            }
            Assert.IsTrue(seen.All(times => times == 1));
            // Examples have at most 40 tokens, so below half a budget of 64 or more is only what ends the epoch.
            Assert.IsLessThanOrEqualTo(budget < 80 ? plan.Count : 1, joinable);
        }
    }

    [TestMethod]
    public void A_batch_has_no_more_examples_than_asked_and_examples_of_like_length()
    {
        var task = new Lengths(4000);
        var plan = new BatchPlan(task, int.MaxValue, 8, 3, 0);
        Assert.AreEqual(500, plan.Count);
        Assert.AreEqual(4000, Enumerable.Range(0, plan.Count).SelectMany(i => plan[i].ToArray()).Distinct().Count());
        Assert.IsTrue(Enumerable.Range(0, plan.Count).All(i => plan[i].Length == 8));
        Assert.IsLessThan(6.0, Enumerable.Range(0, plan.Count)
            .Average(i => plan[i].ToArray().Max(task.Length) - plan[i].ToArray().Min(task.Length)));
        CollectionAssert.AreNotEqual(new BatchPlan(task, int.MaxValue, 8, 3, 1)[0].ToArray(), plan[0].ToArray());

        plan = new BatchPlan(task, 100, 8, 3, 0);
        Assert.IsTrue(Enumerable.Range(0, plan.Count).All(i => plan[i].Length <= 8 && plan[i].ToArray().Sum(task.Length) <= 100));
    }

    [TestMethod]
    public void A_plan_is_a_function_of_seed_and_epoch()
    {
        var task = new Lengths(400);
        CollectionAssert.AreEqual(Order(1, 0), Order(1, 0));
        CollectionAssert.AreNotEqual(Order(1, 0), Order(1, 1));
        CollectionAssert.AreNotEqual(Order(1, 0), Order(2, 0));
        CollectionAssert.AreNotEqual(Enumerable.Range(0, 400).ToArray(), Order(1, 0));

        int[] Order(ulong seed, long epoch)
        {
            var plan = new BatchPlan(task, 128, 0, seed, epoch);
            return [.. Enumerable.Range(0, plan.Count).SelectMany(i => plan[i].ToArray().Append(-1))];
        }
    }

    [TestMethod]
    public void Batches_hold_examples_of_like_length()
    {
        var task = new Lengths(4000);
        var plan = new BatchPlan(task, 400, 0, 3, 0);
        double spread = Enumerable.Range(0, plan.Count)
            .Average(i => plan[i].ToArray().Max(task.Length) - plan[i].ToArray().Min(task.Length));
        Assert.IsLessThan(6.0, spread);
    }

    [TestMethod]
    public void The_rate_rises_and_falls_as_it_was_asked()
    {
        var options = new TrainingOptions { LearningRate = 2, WarmUp = 0.1, Decay = RateDecay.Linear };
        double[] linear = Rates(options);
        CollectionAssert.AreEqual(new[] { .2, .4, .6, .8, 1, 1.2, 1.4, 1.6, 1.8, 2 },
            linear[..10].Select(rate => Math.Round(rate, 12)).ToArray());
        Assert.AreEqual(2, linear[10], 1e-12);
        Assert.AreEqual(1, linear[55], 1e-12);
        Assert.AreEqual(2.0 / 90, linear[99], 1e-12);

        double[] cosine = Rates(options with { Decay = RateDecay.Cosine });
        CollectionAssert.AreEqual(linear[..10], cosine[..10]);
        Assert.AreEqual(1, cosine[55], 1e-12);
        Assert.AreEqual(1 + Math.Cos(Math.PI * .25), cosine[10 + 90 / 4] + (cosine[10 + 90 / 4 + 1] - cosine[10 + 90 / 4]) / 2, 1e-3);

        Assert.IsTrue(Rates(options with { Decay = RateDecay.Constant })[9..].All(rate => rate == 2));
        Assert.AreEqual(2, Rates(options with { WarmUp = 0 })[0]);
        double[] rising = Rates(options with { WarmUp = 1 });
        Assert.AreEqual(2, rising[^1], 1e-12);
        Assert.IsTrue(rising.Zip(rising.Skip(1)).All(pair => pair.First < pair.Second));
        Assert.AreEqual(2, LearningRateSchedule.At(options, 0, 1));

        static double[] Rates(TrainingOptions options) =>
            [.. Enumerable.Range(0, 100).Select(step => LearningRateSchedule.At(options, step, 100))];
    }

    /// <summary>optimization.py: rate · step / warm-up steps, then the decay as if there had been none,
    /// so that the rate jumps down.</summary>
    [TestMethod]
    public void As_GoogleBert_the_decay_counts_from_the_first_step()
    {
        var options = new TrainingOptions { LearningRate = 2, WarmUp = 0.1, BertAdam = true };
        double[] rates = [.. Enumerable.Range(0, 100).Select(step => LearningRateSchedule.At(options, step, 100))];
        for (int step = 0; step < 100; step++)
            Assert.AreEqual(step < 10 ? 2 * step / 10.0 : 2 * (1 - step / 100.0), rates[step], 1e-12, $"step {step}");
        Assert.AreEqual(1.8, rates[9], 1e-12);
        Assert.AreEqual(1.8, rates[10], 1e-12);
        Assert.AreEqual(1.0, LearningRateSchedule.At(options with { WarmUp = 0.5 }, 50, 100), 1e-12,
            "half of the decay is over when the warm-up ends");
        Assert.AreEqual(2 * 49 / 50.0, LearningRateSchedule.At(options with { WarmUp = 0.5 }, 49, 100), 1e-12);
    }

    /// <summary>Examples of 1 to 40 tokens.</summary>
    private sealed class Lengths(int count) : TrainingTask
    {
        public override ParameterSet Parameters => throw new NotSupportedException();

        public override int Count => count;

        public override int Length(int example) => 1 + (int)(Philox.Uniform(9, 0, (ulong)example) * 40);

        internal override BatchLoss Forward(Pass pass, ReadOnlySpan<int> examples, long number) => throw new NotSupportedException();
    }
}
