using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Objective;

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

    /// <summary>E[Σ weight·nll] is the entropy of the chain per token, whatever the schedule: Monte
    /// Carlo over texts, times and masks.</summary>
    [TestMethod]
    public void The_loss_is_the_bound_on_the_toy_chain()
    {
        foreach (MaskSchedule schedule in
            new[] { MaskSchedule.Linear, MaskSchedule.Cosine, MaskSchedule.Polynomial(2), MaskSchedule.LogLinear().ForBound() })
            AssertLoss(new MaskingOptions { Schedule = schedule, MinTime = 0, Seed = 1 }, ToyChain.Entropy / 4);
    }

    /// <summary>Equal sequences at equal times: half of the positions agree by chance, in every pair of rows.</summary>
    [TestMethod]
    public void Each_sequence_has_noise_of_its_own()
    {
        RaggedTokens batch = new();
        for (int i = 0; i < 3; i++)
            batch.Append(new int[5000]);
        MaskingObjective objective = new(new MaskingOptions { MinTime = .5, MaxTime = .5 + 1e-9 }, Mask);
        objective.Corrupt(batch, [], [], 0);
        foreach ((int a, int b) in new[] { (0, 1), (0, 2), (1, 2) })
            Assert.AreEqual(2500, Enumerable.Range(0, 5000).Count(j => objective.Corrupted[a][j] == objective.Corrupted[b][j]), 4 * 36);
    }

    /// <summary>In discrete time the loss is the bound with its gap; a list's times are its own, and the
    /// plain mean is RoBERTaDiffusion's.</summary>
    [TestMethod]
    public void Discrete_time_has_its_steps_weights_and_gap()
    {
        RaggedTokens batch = Batch(50, 40);
        MaskingObjective objective = new(new MaskingOptions { Steps = 4, MinTime = 0, Schedule = MaskSchedule.Cosine }, Mask);
        objective.Corrupt(batch, [], [], 1);
        foreach (double time in objective.Times)
            Assert.AreEqual(Math.Round(4 * time), 4 * time);
        for (int row = 0; row < objective.RowCount; row++)
        {
            double time = objective.Times[objective.Rows[row] / 40], rate = MaskSchedule.Cosine.MaskRate(time);
            Assert.AreEqual(4 * (rate - MaskSchedule.Cosine.MaskRate(time - .25)) / rate, objective.Weights[row], 1e-6);
        }

        MaskingObjective list =
            new(new MaskingOptions { Schedule = MaskSchedule.RobertaDiffusion, Weighting = LossWeighting.Uniform, MinTime = 0 }, Mask);
        list.Corrupt(batch, [], [], 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 50).Select(i => (i / 5 + 1) / 10.0).ToArray(), list.Times.ToArray());
        Assert.AreEqual(list.RowCount, list.Divisor);
        foreach (float weight in list.Weights)
            Assert.AreEqual(1, weight);

        AssertLoss(new MaskingOptions { Steps = 2, MinTime = 0, Schedule = MaskSchedule.Cosine, Seed = 1 },
            (ToyChain.Entropy + .431290) / 4);
        AssertLoss(new MaskingOptions { Schedule = MaskSchedule.Discrete(.5, 1), MinTime = 0, Seed = 1 }, (ToyChain.Entropy + .384437) / 4);
    }

    /// <summary>Under spindle each token has its own rate and weight; the loss is the cross-entropy part of the
    /// bound, whose value is the entropy.</summary>
    [TestMethod]
    public void Token_informed_masks_and_weighs_by_token()
    {
        MaskSchedule spindle = MaskSchedule.Spindle(.3, MaskScheduleTests.ToyHistogram);
        RaggedTokens batch = new();
        batch.Append([.. Enumerable.Range(0, 30_000).Select(i => i % 3)]);
        MaskingObjective objective = new(new MaskingOptions { Schedule = spindle, MinTime = .4, MaxTime = .6 }, Mask);
        objective.Corrupt(batch, [], [], 0);
        int[] masked = new int[3];
        for (int row = 0; row < objective.RowCount; row++)
        {
            int token = objective.Targets[row];
            masked[token]++;
            double expected = .2 * spindle.Weight(objective.Times[0], token);
            Assert.AreEqual(expected, objective.Weights[row], 1e-6 * expected);
        }
        for (int token = 0; token < 3; token++)
        {
            double rate = spindle.MaskRate(objective.Times[0], token);
            Assert.AreEqual(10_000 * rate, masked[token], 4 * Math.Sqrt(10_000 * rate * (1 - rate)));
        }
        Assert.IsGreaterThan(masked[0] + 500, masked[2]);
        AssertLoss(new MaskingOptions { Schedule = spindle, MinTime = 0, Seed = 1 }, ToyChain.Entropy / 4);
    }

    [TestMethod]
    public void Clipped_rates_are_for_training()
    {
        RaggedTokens batch = Batch(10, 400);
        MaskingObjective objective = new(new MaskingOptions { Schedule = MaskSchedule.Clipped(.3, .8), MinTime = 0 }, Mask);
        objective.Corrupt(batch, [], [], 0);
        for (int i = 0; i < 10; i++)
            Assert.AreEqual(400 * (.3 + .5 * objective.Times[i]), objective.Corrupted[i].Count(Mask), 45);
        Assert.AreEqual(.5 / (.3 + .5 * objective.Times[0]), objective.Weights[0], 1e-6);
    }

    /// <summary>A clean beginning of a length even over all that leave something to mask, in the share of sequences asked for.</summary>
    [TestMethod]
    public void Some_sequences_keep_a_beginning()
    {
        RaggedTokens batch = new();
        for (int i = 0; i < 4000; i++)
            batch.Append([7, 7, 1, 2, 3, 4, 5, 7, 7]);
        MaskingOptions options = new() { MinTime = 1 - 1e-9, PrefixShare = .4 };
        MaskingObjective objective = new(options, Mask, id => id == 7);
        objective.Corrupt(batch, [.. Enumerable.Repeat(2, 4000)], [.. Enumerable.Repeat(1, 4000)], 0);
        int[] clean = new int[6];
        for (int i = 0; i < 4000; i++)
        {
            int first = objective.Corrupted[i].IndexOf(Mask);
            clean[first - 2]++;
            Assert.AreEqual(5 - (first - 2), objective.Corrupted[i].Count(Mask));
        }
        Assert.AreEqual(4000 * (.6 + .4 / 5), clean[0], 4 * 30);
        for (int length = 1; length < 5; length++)
            Assert.AreEqual(4000 * .4 / 5, clean[length], 4 * 18);
        Assert.AreEqual(0, clean[5]);
        Assert.AreEqual(clean.Select((count, length) => count * (5 - length)).Sum(), objective.MaskableCount);
        objective = new(options with { PrefixShare = 1, MinTime = 0 }, Mask, _ => true);
        objective.Corrupt(batch, [], [], 0); // nothing to keep, nothing to mask
        Assert.AreEqual(0, objective.MaskableCount);
    }

    /// <summary>A sequence cut short keeps its beginning and its closing tokens, and at least one token that could be masked.</summary>
    [TestMethod]
    public void Some_sequences_are_cut()
    {
        RaggedTokens batch = new();
        for (int i = 0; i < 4000; i++)
            batch.Append([7, 7, 1, 2, 3, 4, 5, 8, 7]);
        MaskingObjective objective = new(new MaskingOptions { MinTime = 1 - 1e-9, RandomLengthShare = .3 }, Mask, id => id == 7);
        objective.Corrupt(batch, [.. Enumerable.Repeat(2, 4000)], [.. Enumerable.Repeat(2, 4000)], 0);
        int[] kept = new int[6];
        for (int i = 0; i < 4000; i++)
        {
            Span<int> tokens = objective.Corrupted[i];
            int count = tokens.Count(Mask);
            kept[count]++;
            CollectionAssert.AreEqual(new[] { 7, 7 }.Concat(Enumerable.Repeat(Mask, count)).Concat([8, 7]).ToArray(), tokens.ToArray());
        }
        Assert.AreEqual(0, kept[0]);
        Assert.AreEqual(4000 * (.7 + .3 / 5), kept[5], 4 * 27);
        for (int length = 1; length < 5; length++)
            Assert.AreEqual(4000 * .3 / 5, kept[length], 4 * 16);
        // Rows point into the cut sequences.
        int[] targets = objective.Targets.ToArray();
        CollectionAssert.AreEqual(kept.Select((_, i) => kept[i..].Sum()).Skip(1).ToArray(),
            Enumerable.Range(1, 5).Select(token => targets.Count(target => target == token)).ToArray());
        foreach (int row in objective.Rows)
            Assert.AreEqual(Mask, objective.Corrupted.Tokens[row]);
    }

    [TestMethod]
    public void Token_weights_weigh_and_their_scale_does_not_matter()
    {
        RaggedTokens batch = Batch(6, 70); // each id 0 to 6 ten times a sequence
        foreach (LossWeighting weighting in Enum.GetValues<LossWeighting>())
        {
            MaskingOptions options = new() { Weighting = weighting, TokenWeight = token => token };
            MaskingObjective plain = new(options with { TokenWeight = null }, Mask), weighted = new(options, Mask),
                scaled = new(options with { TokenWeight = token => 5 * token }, Mask);
            foreach (MaskingObjective objective in new[] { plain, weighted, scaled })
                objective.Corrupt(batch, [], [], 2);
            CollectionAssert.AreEqual(plain.Corrupted.Tokens.ToArray(), weighted.Corrupted.Tokens.ToArray());
            Assert.AreEqual(plain.RowCount - plain.Targets.Count(0), weighted.RowCount);
            Assert.AreEqual(weighting == LossWeighting.Nelbo ? 60 * 21 : plain.Targets.ToArray().Sum(), weighted.Divisor);
            for (int row = 0, at = 0; row < plain.RowCount; row++)
            {
                if (plain.Targets[row] == 0)
                    continue;
                Assert.AreEqual(plain.Rows[row], weighted.Rows[at]);
                Assert.AreEqual(plain.Weights[row] * plain.Targets[row], weighted.Weights[at], 1e-5 * weighted.Weights[at]);
                Assert.AreEqual(weighted.Weights[at] / weighted.Divisor, scaled.Weights[at] / scaled.Divisor, 1e-6 * scaled.Weights[at]);
                at++;
            }
        }
        MaskingObjective bad = new(new MaskingOptions { TokenWeight = _ => -1 }, Mask);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => bad.Corrupt(batch, [], [], 0)).Message,
            "TokenWeight gave -1 for token 0");
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
        Refused(new MaskingOptions { Steps = -1 }, "Steps is -1");
        Refused(new MaskingOptions { LabelSmoothing = 1 }, "LabelSmoothing is 1");
        Refused(new MaskingOptions { LabelSmoothing = double.NaN }, "LabelSmoothing is NaN");
        Refused(new MaskingOptions { PrefixShare = 1.5 }, "PrefixShare is 1.5");
        Refused(new MaskingOptions { RandomLengthShare = -.1 }, "RandomLengthShare is -0.1");
        Refused(new MaskingOptions { Schedule = null! }, "Schedule is null");
        Refused(new MaskingOptions { Weighting = (LossWeighting)7 }, "Weighting is 7");
        MaskingObjective objective = new(new MaskingOptions(), Mask);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => objective.Corrupt(Batch(3, 4), [1], [], 0)).Message,
            "1 counts for 3 sequences");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => objective.Corrupt(Batch(1, 4), [], [-2], 0)).Message,
            "trailing[0] is -2");
    }

    private static void AssertLoss(MaskingOptions options, double expected)
    {
        MaskingObjective objective = new(options, ToyChain.Mask);
        RaggedTokens batch = new();
        Random random = new(1);
        double sum = 0, squares = 0;
        const int steps = 800;
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
                double[] distribution = ToyChain.Conditionals(objective.Corrupted[at / 4])[at % 4]!;
                loss -= objective.Weights[row] * Math.Log(distribution[objective.Targets[row]]) / objective.Divisor;
            }
            sum += loss;
            squares += loss * loss;
        }
        double mean = sum / steps, error = Math.Sqrt((squares / steps - mean * mean) / steps);
        Assert.IsLessThan(.017, error);
        Assert.AreEqual(expected, mean, 3.5 * error, $"{options.Schedule}");
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
        while (i < ToyChain.States - 1 && (u -= ToyChain.Distribution[i]) > 0)
            i++;
        return i;
    }
}
