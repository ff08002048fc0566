using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class NelboEstimatorTests
{
    /// <summary>
    /// With as many draws as tokens every k occurs once for each sequence; over many draws the bound of
    /// each of the 81 texts, weighed by the chain's distribution, is the entropy.
    /// </summary>
    [TestMethod]
    public void The_bound_of_the_perfect_denoiser_is_the_entropy()
    {
        RaggedTokens texts = new();
        for (int i = 0; i < ToyChain.States; i++)
            texts.Append(ToyChain.Sequence(i));
        BoundReport report = new NelboEstimator(new ToyChain(), new NelboOptions { Draws = 4000, Seed = 1 }).Estimate(texts);
        double mean = 0;
        for (int i = 0; i < ToyChain.States; i++)
            mean += ToyChain.Distribution[i] * report.Nats[i];
        // The spread over masks is the only noise, for k is stratified: a standard error of about .002.
        Assert.AreEqual(ToyChain.Entropy, mean, .006);
    }

    /// <summary>The estimator's own expectation for each text, over k and every set of k positions,
    /// enumerated with no draw at all.</summary>
    [TestMethod]
    public void Each_text_has_its_enumerated_bound()
    {
        double entropy = 0;
        RaggedTokens texts = new();
        double[] exact = new double[ToyChain.States];
        for (int i = 0; i < ToyChain.States; i++)
        {
            int[] x = ToyChain.Sequence(i);
            texts.Append(x);
            for (int mask = 1; mask < 16; mask++)
            {
                int[] state = [.. x.Select((v, j) => (mask >> j & 1) == 1 ? ToyChain.Mask : v)];
                int k = int.PopCount(mask), sets = k is 2 ? 6 : k is 4 ? 1 : 4;
                double[]?[] conditionals = ToyChain.Conditionals(state);
                for (int j = 0; j < 4; j++)
                    exact[i] -= conditionals[j] is double[] distribution ? Math.Log(distribution[x[j]]) * (4.0 / k) / sets / 4 : 0;
            }
            entropy += ToyChain.Distribution[i] * exact[i];
        }
        Assert.AreEqual(ToyChain.Entropy, entropy, 1e-6);

        BoundReport report = new NelboEstimator(new ToyChain(), new NelboOptions { Draws = 2000, Seed = 2 }).Estimate(texts);
        int within = 0;
        double squares = 0;
        for (int i = 0; i < ToyChain.States; i++)
        {
            Assert.AreEqual(exact[i], report.Nats[i], .03 * exact[i] + .1);
            squares += (report.Nats[i] - exact[i]) * (report.Nats[i] - exact[i]);
            within += Math.Abs(report.Nats[i] - exact[i]) < .1 ? 1 : 0;
        }
        Assert.IsGreaterThan(70, within);
        Assert.IsLessThan(2 * report.DrawStandardError, Math.Sqrt(squares));
    }

    [TestMethod]
    public void The_interval_holds_the_truth_as_often_as_it_says()
    {
        Random random = new(3);
        const int trials = 200, sequences = 150;
        int held = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            NelboEstimator estimator = new(new ToyChain(), new NelboOptions { Draws = 2, Seed = (ulong)trial });
            for (int i = 0; i < sequences; i++)
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
        Assert.IsGreaterThanOrEqualTo(178, held); // 190 expected, standard deviation 3.1
        Assert.IsLessThan(200, held);
    }

    [TestMethod]
    public void Batches_change_nothing_and_the_budget_holds()
    {
        RaggedTokens texts = new();
        for (int i = 0; i < 20; i++)
            texts.Append([.. Enumerable.Range(0, 5 + i).Select(j => (i * j) % 9)]);
        FakeDenoiser denoiser = new(12, 11);
        BoundReport one = new NelboEstimator(denoiser, new NelboOptions { TokenBudget = 1 }).Estimate(texts);
        Assert.AreEqual(24, denoiser.LargestBatch);
        FakeDenoiser other = new(12, 11);
        List<int> progress = [];
        BoundReport many = new NelboEstimator(other, new NelboOptions { TokenBudget = 200 })
            .Estimate(texts, progress: new Progress(progress.Add));
        Assert.IsLessThanOrEqualTo(200, other.LargestBatch);
        Assert.IsLessThan(denoiser.Calls / 5, other.Calls);
        CollectionAssert.AreEqual(one.Nats.ToArray(), many.Nats.ToArray());
        CollectionAssert.AreEqual(Enumerable.Range(1, 20).ToArray(), progress);
    }

    /// <summary>A flat denoiser knows nothing: each token costs log(V − 1), the mask token having no probability.</summary>
    [TestMethod]
    public void Protected_tokens_cost_nothing_and_units_are_the_askers()
    {
        FakeDenoiser denoiser = new(12, 11) { Flat = true };
        NelboEstimator estimator = new(denoiser, new NelboOptions { Draws = 3 }, id => id == 10);
        estimator.Add([10, 1, 2, 3, 4, 10], leading: 2);
        estimator.Add([10, 10]);
        estimator.Add([1, 2, 3, 4, 5], leading: 1, trailing: 2);
        BoundReport report = estimator.Complete();
        CollectionAssert.AreEqual(new[] { 3, 0, 2 }, report.Tokens.ToArray());
        Assert.AreEqual(5, report.TotalTokens);
        Assert.AreEqual(5 * Math.Log(11), report.TotalNats, 1e-5);
        Assert.AreEqual(Math.Log2(11), report.BitsPerToken.Bits, 1e-6);
        Assert.AreEqual(0, report.BitsPerToken.StandardError, 1e-6);
        Assert.AreEqual(11, report.BitsPerToken.Perplexity, 1e-4);
        Assert.AreEqual(5 * Math.Log2(11) / 20, report.BitsPer([10, 0, 10]).Bits, 1e-6);
        Assert.IsGreaterThan(0, report.BitsPer([10, 0, 10]).StandardError);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => report.BitsPer([1])).Message, "1 counts for 3 sequences");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => report.BitsPer([0, 0, 0])).Message, "sum to 0");
    }

    [TestMethod]
    public void What_makes_no_sense_is_refused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => new NelboEstimator(new ToyChain(), new NelboOptions { Draws = 0 })).Message, "Draws is 0");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => new NelboEstimator(new ToyChain(), new NelboOptions { TokenBudget = 0 })).Message, "TokenBudget is 0");
        Assert.ThrowsExactly<InvalidOperationException>(() => new NelboEstimator(new ToyChain(), new NelboOptions()).Complete());
        NelboEstimator canceled = new(new ToyChain(), new NelboOptions());
        canceled.Add(ToyChain.Sequence(3));
        Assert.ThrowsExactly<OperationCanceledException>(() => canceled.Complete(new CancellationToken(true)));
        NelboEstimator broken = new(new FakeDenoiser(9, 3) { NanAtCall = 1 }, new NelboOptions());
        broken.Add([1, 2]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => broken.Complete()).Message, "sequence 0, draw 0");
    }

    private sealed class Progress(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
