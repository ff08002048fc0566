using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class MaskingObjectiveTests
{
    private const int Mask = 9;

    [TestMethod]
    public void Each_nth_of_the_times_is_hit_once()
    {
        RaggedTokens batch = Batch(37, 5);
        MaskingObjective objective = new(new MaskingOptions { MinTime = .2, MaxTime = .7 }, Mask);
        for (int step = 0; step < 100; step++)
        {
            objective.Corrupt(batch, [], [], step);
            HashSet<int> strata = [];
            foreach (double time in objective.Times)
            {
                Assert.IsTrue(time >= .2 && time <= .7);
                strata.Add((int)Math.Floor(37 * ((time - objective.Times[0]) / .5 + 1) + 1e-6) % 37);
            }
            Assert.HasCount(37, strata);
        }
    }

    [TestMethod]
    public void Rows_are_the_masked_positions_and_protected_tokens_stay()
    {
        RaggedTokens batch = new();
        batch.Append([7, 1, 2, 3, 4, 7]);
        batch.Append([]);
        batch.Append([7, 1, 1, Mask, 1, 1, 1, 7]);
        int[] before = batch.Tokens.ToArray();
        MaskingObjective objective = new(new MaskingOptions { MinTime = .99 }, Mask, id => id == 7);
        for (int step = 0; step < 50; step++)
        {
            objective.Corrupt(batch, [2, 0, 0], [1, 0, 2], step);
            CollectionAssert.AreEqual(before, batch.Tokens.ToArray());
            Assert.AreEqual(3 + 4, objective.MaskableCount);
            List<int> expected = [];
            for (int i = 0; i < before.Length; i++)
            {
                if (objective.Corrupted.Tokens[i] != before[i])
                {
                    Assert.AreEqual(Mask, objective.Corrupted.Tokens[i]);
                    expected.Add(i);
                }
            }
            CollectionAssert.AreEqual(expected, objective.Rows.ToArray());
            for (int row = 0; row < objective.RowCount; row++)
                Assert.AreEqual(.01 / objective.Times[objective.Rows[row] < 6 ? 0 : 2], objective.Weights[row], 1e-7);
            Assert.AreEqual(7, objective.Divisor); // maskable tokens, not all
            CollectionAssert.AreEqual(expected.Select(i => before[i]).ToArray(), objective.Targets.ToArray());
            Assert.IsTrue(expected.TrueForAll(i => i is 2 or 3 or 4 or 7 or 8 or 10 or 11));
        }
    }

    [TestMethod]
    public void Weights_are_those_of_the_bound_or_the_plain_mean()
    {
        RaggedTokens batch = Batch(5, 40);
        foreach (MaskSchedule schedule in MaskSchedule.All)
        {
            MaskingObjective objective = new(new MaskingOptions { Schedule = schedule, MinTime = .1, MaxTime = .9 }, Mask);
            objective.Corrupt(batch, [], [], 3);
            for (int row = 0; row < objective.RowCount; row++)
            {
                double expected = .8 * schedule.Weight(objective.Times[objective.Rows[row] / 40]);
                Assert.AreEqual(expected, objective.Weights[row], 1e-6 * expected);
            }
            Assert.AreEqual(200, objective.Divisor);
            MaskingObjective uniform = new(new MaskingOptions { Weighting = LossWeighting.Uniform }, Mask);
            uniform.Corrupt(batch, [], [], 3);
            foreach (float weight in uniform.Weights)
                Assert.AreEqual(1, weight);
            Assert.AreEqual(uniform.RowCount, uniform.Divisor);
        }
    }

    [TestMethod]
    public void Each_token_is_masked_at_the_rate_of_its_time()
    {
        RaggedTokens batch = Batch(4, 5000);
        foreach (MaskSchedule schedule in MaskSchedule.All)
        {
            MaskingObjective objective = new(new MaskingOptions { Schedule = schedule, Seed = 5 }, Mask);
            int[] masked = new int[4];
            objective.Corrupt(batch, [], [], 0);
            foreach (int row in objective.Rows)
                masked[row / 5000]++;
            for (int i = 0; i < 4; i++)
            {
                double rate = schedule.MaskRate(objective.Times[i]);
                Assert.AreEqual(5000 * rate, masked[i], 4 * Math.Sqrt(5000 * rate * (1 - rate)) + 1);
            }
        }
    }

    /// <summary>E[Σ weight·nll] is the entropy of the chain per token, whatever the schedule: Monte Carlo over texts, times and masks.</summary>
    [TestMethod]
    public void The_loss_is_the_bound_on_the_toy_chain()
    {
        foreach (MaskSchedule schedule in MaskSchedule.All)
        {
            MaskingObjective objective = new(new MaskingOptions { Schedule = schedule, MinTime = 0, Seed = 1 }, ToyChain.Mask);
            RaggedTokens batch = new();
            Random random = new(1);
            double sum = 0, squares = 0;
            const int steps = 2000;
            for (int step = 0; step < steps; step++)
            {
                batch.Clear();
                for (int i = 0; i < 64; i++)
                    batch.Append(ToyChain.Sequence(Draw(random)));
                objective.Corrupt(batch, [], [], step);
                double loss = 0;
                for (int row = 0; row < objective.RowCount; row++)
                {
                    int at = objective.Rows[row];
                    double[] law = ToyChain.Conditionals(objective.Corrupted[at / 4])[at % 4]!;
                    loss -= objective.Weights[row] * Math.Log(law[objective.Targets[row]]) / objective.Divisor;
                }
                sum += loss;
                squares += loss * loss;
            }
            double mean = sum / steps, error = Math.Sqrt((squares / steps - mean * mean) / steps);
            Assert.IsLessThan(.01, error);
            Assert.AreEqual(ToyChain.Entropy / 4, mean, 3.5 * error);
        }
    }

    [TestMethod]
    public void Equal_seeds_and_steps_give_equal_masks_and_others_do_not()
    {
        RaggedTokens batch = Batch(8, 50);
        int[] Draw(ulong seed, long step)
        {
            MaskingObjective objective = new(new MaskingOptions { Seed = seed }, Mask);
            objective.Corrupt(batch, [], [], step);
            return objective.Corrupted.Tokens.ToArray();
        }
        CollectionAssert.AreEqual(Draw(1, 2), Draw(1, 2));
        CollectionAssert.AreNotEqual(Draw(1, 2), Draw(1, 3));
        CollectionAssert.AreNotEqual(Draw(1, 2), Draw(2, 2));
    }

    [TestMethod]
    public void Nothing_masked_is_no_rows_and_a_warm_objective_allocates_nothing()
    {
        RaggedTokens batch = Batch(8, 50);
        MaskingObjective objective = new(new MaskingOptions { MinTime = 0, MaxTime = 1e-9 }, Mask);
        objective.Corrupt(batch, [], [], 0);
        Assert.AreEqual(0, objective.RowCount);
        Assert.AreEqual(400, objective.MaskableCount);
        objective.Corrupt(new RaggedTokens(), [], [], 0);
        Assert.AreEqual(0, objective.MaskableCount);

        objective = new(new MaskingOptions { MinTime = .9 }, Mask);
        objective.Corrupt(batch, [], [], 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        objective.Corrupt(batch, [], [], 0);
        Assert.AreEqual(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [TestMethod]
    public void Bad_options_say_what_was_given()
    {
        static void Refused(MaskingOptions options, string part) => StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new MaskingObjective(options, Mask)).Message, part);
        Refused(new MaskingOptions { MinTime = -1 }, "MinTime is -1");
        Refused(new MaskingOptions { MinTime = .5, MaxTime = .5 }, "MaxTime is 0.5");
        Refused(new MaskingOptions { MaxTime = double.NaN }, "NaN");
        Refused(new MaskingOptions { Schedule = null! }, "Schedule is null");
        Refused(new MaskingOptions { Weighting = (LossWeighting)7 }, "Weighting is 7");
        MaskingObjective objective = new(new MaskingOptions(), Mask);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => objective.Corrupt(Batch(3, 4), [1], [], 0)).Message, "1 counts for 3 sequences");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => objective.Corrupt(Batch(1, 4), [], [-2], 0)).Message, "trailing[0] is -2");
    }

    private static RaggedTokens Batch(int count, int length)
    {
        RaggedTokens batch = new();
        for (int i = 0; i < count; i++)
            batch.Append([.. Enumerable.Range(0, length).Select(j => (i + j) % 7)]);
        return batch;
    }

    private static int Draw(Random random)
    {
        double u = random.NextDouble();
        int i = 0;
        while (i < ToyChain.States - 1 && (u -= ToyChain.Law[i]) > 0)
            i++;
        return i;
    }
}
