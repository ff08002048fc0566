using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Threshold and factor: which positions are written together.</summary>
[TestClass]
public class ConfidenceSamplerTests
{
    private static readonly int[][] s_sequences = [.. Enumerable.Range(0, ToyChain.States).Select(ToyChain.Sequence)];

    [TestMethod]
    [DataRow(new[] { .5, .95, .9, .2 }, 100, new[] { 1, 2 })]
    [DataRow(new[] { .5, .89, .3, .2 }, 100, new[] { 1 })] // always one
    [DataRow(new[] { .4, .4, .4, .4 }, 100, new[] { 0 })] // of equals the first
    [DataRow(new[] { .1, .2, .3, .4, .5 }, 2, new[] { 2, 3, 4 })] // two steps are left: half, rounded up
    [DataRow(new[] { .1, .2, .3, .4, .5 }, 1, new[] { 0, 1, 2, 3, 4 })]
    public void Threshold_writes_what_reaches_it_and_enough_for_the_steps(double[] confidences, int steps, int[] expected) =>
        CollectionAssert.AreEqual(expected, Written(Sampler.Threshold(.9), confidences, steps));

    [TestMethod]
    public void Factor_is_the_greatest_count_that_passes()
    {
        Random random = new(1);
        int together = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            double[] confidences = [.. Enumerable.Range(0, 1 + trial % 9).Select(_ => 1 - Math.Pow(random.NextDouble(), 3))];
            double factor = .05 + 1.5 * random.NextDouble();
            double[] sorted = [.. confidences.OrderDescending()];
            int best = 1;
            for (int n = 1; n <= sorted.Length; n++)
            {
                if ((n + 1) * (1 - sorted[n - 1]) <= factor)
                    best = n;
            }
            together += best > 1 ? 1 : 0;
            int[] written = Written(Sampler.Factor(factor), confidences, 100);
            Assert.HasCount(best, written);
            Assert.IsTrue(written.All(i => confidences[i] >= sorted[best - 1]));
        }
        Assert.IsGreaterThan(500, together);
    }

    /// <summary>The bound itself, with no rounding beside it: 3 · (1 − 0.5) ≤ 1.5, so that two are written, and not three.</summary>
    [TestMethod]
    public void Factor_at_its_bound() => CollectionAssert.AreEqual(new[] { 0, 1 }, Written(Sampler.Factor(1.5), [.75, .5, .5, .5], 100));

    /// <summary>
    /// At factor 1 the tokens that are most likely each for itself are most likely together: in every state of the chain, against all
    /// joint outcomes; at a greater factor this fails.
    /// </summary>
    [TestMethod]
    public void Factor_one_writes_what_is_most_likely_together()
    {
        Assert.AreEqual(0, Failures(1, out int together));
        Assert.IsGreaterThan(10, together, "The guarantee is about several positions.");
        Assert.IsGreaterThan(0, Failures(3, out _));
    }

    private static int Key(int[] positions, Func<int, int> token) => positions.Aggregate(0, (key, position) => 4 * key + token(position));

    private static int Failures(double factor, out int together)
    {
        int failures = 0;
        together = 0;
        for (int code = 0; code < 256; code++)
        {
            int[] state = [code / 64, code / 16 % 4, code / 4 % 4, code % 4];
            double[]?[] conditionals = ToyChain.Conditionals(state);
            int[] masked = [.. Enumerable.Range(0, 4).Where(i => state[i] == ToyChain.Mask)];
            if (masked.Length == 0)
                continue;
            int[] written =
                [.. Written(Sampler.Factor(factor), [.. masked.Select(i => conditionals[i]!.Max())], 100).Select(i => masked[i])];
            together += written.Length > 1 ? 1 : 0;
            // The joint distribution of the written positions, by their tokens.
            Dictionary<int, double> joint = [];
            for (int i = 0; i < ToyChain.States; i++)
            {
                int[] x = s_sequences[i];
                if (Enumerable.Range(0, 4).Any(j => state[j] != ToyChain.Mask && state[j] != x[j]))
                    continue;
                int key = Key(written, j => x[j]);
                joint[key] = joint.GetValueOrDefault(key) + ToyChain.Distribution[i];
            }
            double product = joint[Key(written, j => Array.IndexOf(conditionals[j]!, conditionals[j]!.Max()))], most = joint.Values.Max();
            if (product < most * (1 - 1e-12))
                failures++;
        }
        return failures;
    }

    private static int[] Written(Sampler sampler, double[] confidences, int steps)
    {
        DenoisingRow row = new(0, new int[confidences.Length], 0, 0, new NoiseDraws(1));
        sampler.Start(row, steps);
        row.Begin(1, sampler, MaskSchedule.Linear);
        sampler.Plan(row);
        for (int i = 0; i < confidences.Length; i++)
            (row.Asked[i].Token, row.Asked[i].LogConfidence) = (1, Math.Log(confidences[i]));
        sampler.Decide(row);
        return [.. Enumerable.Range(0, confidences.Length).Where(i => row.Tokens[i] == 1)];
    }
}
