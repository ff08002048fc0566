using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What may be written, and how likely: guidance, repetition, bans, the end of a text and its least
/// length, with the loop around them.</summary>
[TestClass]
public class TokenChoiceTests
{
    private const int Mask = ToyChain.Mask;

    [TestMethod]
    [DataRow(.5)]
    [DataRow(2.0)]
    public void Guidance_has_its_distribution(double weight)
    {
        // One step after the prompt 1: each position by itself, c·(c/u)^w.
        double[]?[] given = ToyChain.Conditionals([1, Mask, Mask, Mask]), without = ToyChain.Conditionals(ToyChain.AllMasked);
        double[][] distributions =
            [.. Enumerable.Range(1, 3).Select(i => Normal([.. given[i]!.Zip(without[i]!, (c, u) => c * Math.Pow(c / u, weight))]))];
        double[] distribution =
            [.. Enumerable.Range(0, 27).Select(x => distributions[0][x / 9] * distributions[1][x / 3 % 3] * distributions[2][x % 3])];
        (int[] counts, int[] calls) = Counts(new DenoisingSettings { Steps = 1, Seed = 21, Guidance = weight }, [1, Mask, Mask, Mask]);
        ChiSquare.Check(counts, distribution, "guided");
        Assert.IsTrue(calls.All(c => c == 2), "Two predictions.");
    }

    [TestMethod]
    public void Guidance_without_a_prompt_is_none()
    {
        // what stands after, and an opening token, are no prompt
        foreach (int[] row in new[] { new[] { Mask, 1, Mask, Mask }, [0, Mask, Mask, Mask] })
        {
            int[] Run(double weight)
            {
                RaggedTokens rows = new();
                for (int i = 0; i < 50; i++)
                    rows.Append(row);
                int[] calls = new int[50];
                new DenoisingLoop(new ToyChain(), new DenoisingSettings { Steps = 2, Guidance = weight }, [0])
                    .Run(rows, samples: Enumerable.Range(0, 50).ToArray(), calls: calls);
                Assert.IsTrue(calls.All(c => c <= 2));
                return rows.Tokens.ToArray();
            }
            CollectionAssert.AreEqual(Run(0), Run(3));
        }
    }

    [TestMethod]
    public void Guidance_keeps_the_impossible_impossible()
    {
        GuidedLogits guided = new(19, 1.5);
        float[] c = [.. Enumerable.Range(0, 19).Select(i => i % 3 == 0 ? float.NegativeInfinity : i * .5f)],
            u = [.. Enumerable.Range(0, 19).Select(i => i % 6 == 0 ? float.NegativeInfinity : 2f - i)];
        float[] joined = [.. u];
        guided.Keep(1, 2, c);
        guided.Keep(0, 2, u);
        guided.Join(1, joined);
        for (int i = 0; i < 19; i++)
            Assert.AreEqual(i % 3 == 0 ? float.NegativeInfinity : c[i] + 1.5f * (c[i] - u[i]), joined[i], 1e-5f);
    }

    [TestMethod]
    public void Repetition_divides_odds_once_for_a_token_that_stands_in_the_row()
    {
        const double penalty = 1.8;
        double[] distribution = ToyChain.Conditionals([1, 1, Mask, Mask])[2]!, last = ToyChain.Conditionals([1, 1, Mask, Mask])[3]!;
        double[] a = Normal([distribution[0], distribution[1] / penalty, distribution[2]]),
            b = Normal([last[0], last[1] / penalty, last[2]]);
        double[] expected = [.. Enumerable.Range(0, 9).Select(x => a[x / 3] * b[x % 3])];
        (int[] counts, _) = Counts(new DenoisingSettings { Steps = 1, Seed = 22, RepetitionPenalty = penalty }, [1, 1, Mask, Mask]);
        ChiSquare.Check(counts.AsSpan(9, 9), expected, "penalised");
        // The end of the text, which closes rows too, is not lowered.
        (counts, _) = Counts(new DenoisingSettings { Steps = 1, Seed = 23, RepetitionPenalty = 1e6, EndOfText = 1 }, [1, 1, Mask, 0]);
        Assert.IsGreaterThan(1000, counts[9 + 3]);
    }

    [TestMethod]
    public void Banned_tokens_are_never_written()
    {
        (int[] counts, _) = Counts(new DenoisingSettings { Steps = 3, BannedTokens = [2, 1_000_000, -5] }, ToyChain.AllMasked[..3]);
        for (int i = 0; i < counts.Length; i++)
            Assert.AreEqual(i / 9 != 2 && i / 3 % 3 != 2 && i % 3 != 2, counts[i] > 0);
    }

    [TestMethod]
    [DataRow("Ancestral")]
    [DataRow("TopConfidence")]
    [DataRow("Blocks(4, ReMdmCap(0.2))")]
    [DataRow("Blocks(4, Ancestral)")]
    public void A_text_ends_once_all_before_its_end_is_written_and_not_before_its_least_length(string sampler)
    {
        const int mask = 7, end = 3, vocabulary = 20, minimum = 5;
        RaggedTokens rows = new();
        for (int i = 0; i < 100; i++)
            rows.Append([1, .. Enumerable.Repeat(mask, 24), 2]);
        Recorder recorder = new();
        DenoisingSettings settings = new() { Steps = 24, Sampler = Sampler.Parse(sampler), EndOfText = end, MinimumLength = minimum };
        int[] calls = new int[100];
        new DenoisingLoop(new FakeDenoiser(vocabulary, mask), settings, [end, 0])
            .Run(rows, samples: Enumerable.Range(0, 100).ToArray(), calls: calls, observer: recorder);
        int early = 0;
        for (int i = 0; i < 100; i++)
        {
            int[] text = rows[i][1..25].ToArray();
            int at = Array.IndexOf(text, end);
            Assert.IsTrue(at is -1 or >= minimum);
            Assert.IsTrue(at < 0 || text[at..].All(token => token == end), "Filled up with the end.");
            Assert.AreEqual(2, rows[i][25]);
            // The step before the last still had a mask before the end, or no end.
            int[][] trace = [.. recorder.Steps.Where(s => s.Row == i).Select(s => s.Tokens)];
            early += trace[^2].Count(token => token == mask) > 1 ? 1 : 0;
            if (sampler.StartsWith("Blocks", StringComparison.Ordinal))
                continue;
            foreach (int[] tokens in trace[..^1])
            {
                int first = Array.IndexOf(tokens, end), masked = Array.IndexOf(tokens, mask);
                Assert.IsTrue(first < 0 || masked < first);
            }
        }
        Assert.IsGreaterThan(20, early, "Steps were saved.");
    }

    [TestMethod]
    public void A_position_that_most_likely_ends_the_text_is_written_last()
    {
        // Every position loves the end, and is very sure of it.
        RaggedTokens rows = new();
        rows.Append([.. Enumerable.Repeat(7, 6)]);
        Recorder recorder = new();
        DenoisingSettings settings =
            new() { Steps = 6, Sampler = Sampler.TopConfidence(), EndOfText = 3, MinimumLength = 4, Temperature = 0 };
        new DenoisingLoop(new FakeDenoiser(20, 7, 3), settings).Run(rows, observer: recorder);
        int[][] trace = [.. recorder.Steps.Select(s => s.Tokens)];
        for (int step = 0; step <= 4; step++)
            Assert.IsFalse(trace[step].Contains(3));
        CollectionAssert.AreEqual(new[] { 3, 3 }, rows.Tokens[4..].ToArray());
        Assert.HasCount(6, trace, "The first end ends it.");
    }

    [TestMethod]
    public void Mean_log_probabilities_are_those_of_the_chain_in_the_order_written()
    {
        // One token a step: the sum is log p(x), whatever the order.
        foreach (string sampler in new[] { "FirstHitting", "TopConfidence", "Blocks(1, Ancestral)" })
        {
            foreach (double temperature in new[] { 1, .5, 0 })
            {
                RaggedTokens rows = new();
                for (int i = 0; i < 50; i++)
                    rows.Append(ToyChain.AllMasked);
                double[] scores = new double[50];
                new DenoisingLoop(new ToyChain(),
                    new DenoisingSettings { Steps = 4, Sampler = Sampler.Parse(sampler), Temperature = temperature })
                    .Run(rows, samples: Enumerable.Range(0, 50).ToArray(), logProbabilities: scores);
                for (int i = 0; i < 50; i++)
                    Assert.AreEqual(Math.Log(ToyChain.Distribution[ToyChain.Index(rows[i])]) / 4, scores[i], 1e-6);
            }
        }
    }

    private static double[] Normal(double[] odds) => [.. odds.Select(o => o / odds.Sum())];

    /// <summary>How often each outcome of the last three (or all three) positions came up in 10,000 rows.</summary>
    private static (int[] Counts, int[] Calls) Counts(DenoisingSettings settings, int[] row)
    {
        const int draws = 10_000;
        RaggedTokens rows = new();
        for (int i = 0; i < draws; i++)
            rows.Append(row);
        int[] calls = new int[draws], counts = new int[27];
        IDenoiser denoiser = row.Length == 4 ? new ToyChain() : new FakeDenoiser(4, Mask) { Flat = true };
        new DenoisingLoop(denoiser, settings with { TokenBudget = 40_000 })
            .Run(rows, samples: Enumerable.Range(0, draws).ToArray(), calls: calls);
        for (int i = 0; i < draws; i++)
        {
            ReadOnlySpan<int> last = rows[i][^3..];
            counts[(last[0] * 3 + last[1]) * 3 + last[2]]++;
        }
        return (counts, calls);
    }
}
