using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Distributions of the product's samplers by enumeration, against closed forms, against kernels that
/// are written here, and against the figures of the public toy-chain script.
/// </summary>
[TestClass]
public class SamplerDistributionTests
{
    [TestMethod]
    [DataRow(1, .49192)]
    [DataRow(2, .2547)]
    [DataRow(4, .13029)]
    [DataRow(8, .06596)]
    [DataRow(16, .03317)]
    [DataRow(32, .01663)]
    public void Ancestral_comes_closer_to_the_chain_with_more_steps(int steps, double totalVariation)
    {
        double[] distribution = SamplerDistribution.Of(Sampler.Ancestral(), steps);
        Assert.AreEqual(totalVariation, SamplerDistribution.TotalVariation(distribution), 6e-6);
        if (steps <= 4)
            Same(ToyKernels.Ancestral(steps, t => t), distribution);
    }

    [TestMethod]
    public void Ancestral_follows_any_schedule()
    {
        // Log-linear and a short list do not reach 1: a row begins all masked nevertheless.
        foreach (MaskSchedule schedule in new[] { MaskSchedule.Cosine, MaskSchedule.Polynomial(2), MaskSchedule.LogLinear(.1),
            MaskSchedule.Discrete(.25, .5), MaskSchedule.RobertaDiffusion })
            Same(ToyKernels.Ancestral(5, schedule.MaskRate), SamplerDistribution.Of(Sampler.Ancestral(), 5, schedule));
    }

    [TestMethod]
    public void Ancestral_writes_each_token_at_its_own_rate()
    {
        TokenHistogram histogram = new(ToyChain.Symbols);
        histogram.Add([0, 0, 0, 0, 0, 1, 1, 1, 2]);
        MaskSchedule spindle = MaskSchedule.Spindle(.3, histogram);
        foreach (int steps in new[] { 1, 3, 5 })
        {
            double[] distribution = SamplerDistribution.Of(Sampler.Ancestral(), steps, spindle);
            Same(ToyKernels.Spindle(steps, (t, v) => t == 1 ? 1 : spindle.MaskRate(t, v)), distribution);
            Same(SamplerDistribution.Of(Sampler.Ancestral(), steps),
                SamplerDistribution.Of(Sampler.Ancestral(), steps, MaskSchedule.Spindle(0, histogram)));
            if (steps > 1)
                Assert.IsGreaterThan(1e-3,
                    SamplerDistribution.TotalVariation(SamplerDistribution.Of(Sampler.Ancestral(), steps), distribution));
        }
    }

    /// <summary>Scoring by the drawn token would be off by a total variation of .452.</summary>
    [TestMethod]
    [DataRow("FirstHitting", 2)]
    [DataRow("TopConfidence(0, Random)", 4)]
    [DataRow("TopConfidence", 4)]
    [DataRow("TopConfidence(0, Margin)", 4)]
    [DataRow("TopConfidence(0, NegativeEntropy)", 4)]
    [DataRow("TopConfidence(0.4)", 4)]
    [DataRow("TopConfidence(0.4, Margin)", 9)]
    [DataRow("TopConfidence(2, NegativeEntropy)", 4)]
    [DataRow("Threshold(1)", 4)]
    [DataRow("Factor(1E-09)", 4)]
    [DataRow("Gibbs(1, 9, 0)", 1)]
    [DataRow("Gibbs(7, 9, 0)", 1)]
    [DataRow("Blocks(1, Ancestral)", 4)]
    [DataRow("Blocks(1, Ancestral)", 1)]
    [DataRow("Blocks(1, MaskPredict)", 9)]
    [DataRow("Blocks(2, TopConfidence)", 4)]
    [DataRow("Blocks(3, FirstHitting)", 1)]
    public void One_token_a_step_in_any_order_has_the_distribution_of_the_chain(string sampler, int steps)
    {
        foreach (MaskSchedule schedule in new[] { MaskSchedule.Linear, MaskSchedule.Cosine })
            Assert.IsLessThan(1e-12, SamplerDistribution.TotalVariation(SamplerDistribution.Of(Sampler.Parse(sampler), steps, schedule)));
    }

    [TestMethod]
    public void Each_score_has_its_own_order()
    {
        // Two positions at once are not exact, so that the order shows.
        double[][] distributions =
            [.. new[] { "TopConfidence", "TopConfidence(0, Margin)", "TopConfidence(0, NegativeEntropy)", "TopConfidence(0, Random)",
                "TopConfidence(0.5)" }
            .Select(text => SamplerDistribution.Of(Sampler.Parse(text), 2, start: [1, ToyChain.Mask, ToyChain.Mask, ToyChain.Mask]))];
        Same(ToyKernels.Top(2, [1, 3, 3, 3], distribution => distribution.Max()), distributions[0]);
        Same(ToyKernels.Top(2, [1, 3, 3, 3], distribution => distribution.Max() - distribution.Order().ElementAt(1)), distributions[1]);
        Same(ToyKernels.Top(2, [1, 3, 3, 3], distribution => distribution.Sum(p => p * Math.Log(p))), distributions[2]);
        // The entropy sorted the wrong way is another distribution.
        Assert.IsGreaterThan(1e-3,
            SamplerDistribution.TotalVariation(ToyKernels.Top(2, [1, 3, 3, 3], distribution => -distribution.Sum(p => p * Math.Log(p))),
                distributions[2]));
        Assert.IsGreaterThan(1e-3, SamplerDistribution.TotalVariation(distributions[0], distributions[3]));
        Assert.IsGreaterThan(1e-3, SamplerDistribution.TotalVariation(distributions[0], distributions[4]));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Top_confidence_in_few_steps_writes_the_surest_together(int steps) =>
        Same(ToyKernels.Top(steps, ToyChain.AllMasked, distribution => distribution.Max()),
            SamplerDistribution.Of(Sampler.TopConfidence(), steps));

    [TestMethod]
    [DataRow(8, 0, .06596)]
    [DataRow(8, .05, .06575)]
    [DataRow(8, .2, .07657)]
    [DataRow(8, 1, .11135)]
    [DataRow(32, 0, .01663)]
    [DataRow(32, .2, .03719)]
    public void ReMdm_cap_has_the_scripts_figures_and_leaves_no_mask(int steps, double eta, double totalVariation) =>
        Assert.AreEqual(totalVariation, SamplerDistribution.TotalVariation(SamplerDistribution.Of(Sampler.ReMdmCap(eta), steps)), 6e-6);

    [TestMethod]
    public void ReMdm_without_remasking_is_ancestral()
    {
        foreach (string sampler in new[] { "ReMdmCap(0)", "ReMdmRescale(0)" })
        {
            foreach (int steps in new[] { 1, 3, 8 })
                Same(SamplerDistribution.Of(Sampler.Ancestral(), steps), SamplerDistribution.Of(Sampler.Parse(sampler), steps));
        }
    }

    [TestMethod]
    public void ReMdm_rescale_and_loop_have_their_kernels()
    {
        Same(ToyKernels.ReMdm(5, t => t, (_, most) => .3 * most), SamplerDistribution.Of(Sampler.ReMdmRescale(.3), 5));
        // α of the loop at linear: rises to .6 at t = .7, stands until t = .2, rises to 1.
        static double Rate(double t) => t > .7 ? 1 - (1 - t) * .6 / .3 : t < .2 ? t * .4 / .2 : .4;
        Same(ToyKernels.ReMdm(10, Rate, (t, most) => t <= .7 && t > .2 ? Math.Min(.25, most) : 0),
            SamplerDistribution.Of(Sampler.ReMdmLoop(.25, .7, .2, .6), 10));
    }

    [TestMethod]
    public void ReMdm_confidence_has_its_kernel() =>
        Same(ToyKernels.ReMdmConfidence(3), SamplerDistribution.Of(Sampler.ReMdmConfidence(), 3));

    [TestMethod]
    public void Uniform_remasking_has_its_kernel()
    {
        foreach (int steps in new[] { 1, 2, 5 })
            Same(ToyKernels.UniformRemask(steps), SamplerDistribution.Of(Sampler.UniformRemask(), steps));
    }

    [TestMethod]
    public void Mask_predict_has_its_kernel()
    {
        foreach (int steps in new[] { 1, 2, 3, 4, 6 })
            Same(ToyKernels.MaskPredict(steps), SamplerDistribution.Of(Sampler.MaskPredict(), steps));
    }

    [TestMethod]
    public void Gibbs_keeps_the_distribution_of_the_chain_and_only_that()
    {
        Assert.IsLessThan(1e-12,
            SamplerDistribution.TotalVariation(SamplerDistribution.OneStep(Sampler.Gibbs(10, 10, 0), 1, 6, ToyChain.Distribution)));
        double[] uniform = [.. Enumerable.Repeat(1.0 / ToyChain.States, ToyChain.States)];
        double[] once = SamplerDistribution.OneStep(Sampler.Gibbs(10, 10, 0), 1, 6, uniform);
        Assert.IsLessThan(SamplerDistribution.TotalVariation(uniform) - .01, SamplerDistribution.TotalVariation(once));
        // After the burn-in the k most likely only.
        Assert.IsGreaterThan(.01,
            SamplerDistribution.TotalVariation(SamplerDistribution.OneStep(Sampler.Gibbs(10, 5, 2), 1, 6, ToyChain.Distribution)));
        Assert.IsLessThan(1e-12,
            SamplerDistribution.TotalVariation(SamplerDistribution.OneStep(Sampler.Gibbs(10, 6, 2), 1, 6, ToyChain.Distribution)));
    }

    [TestMethod]
    public void A_block_of_all_is_the_sampler_itself()
    {
        foreach (string inner in new[] { "Ancestral", "TopConfidence", "ReMdmCap(0.2)", "MaskPredict", "Threshold(0.7)", "UniformRemask" })
        {
            foreach (int size in new[] { 4, 400 })
                Same(SamplerDistribution.Of(Sampler.Parse(inner), 3),
                    SamplerDistribution.Of(Sampler.Blocks(size, Sampler.Parse(inner)), 3));
        }
    }

    [TestMethod]
    public void Blocks_are_written_from_left_to_right_and_share_the_steps()
    {
        // Two blocks of two, each in one step: p(x₁) p(x₂) p(x₃ | x₁ x₂) p(x₄ | x₁ x₂).
        double[] expected = new double[ToyChain.States];
        double[][] first = ToyChain.Conditionals(ToyChain.AllMasked)!;
        for (int i = 0; i < expected.Length; i++)
        {
            int[] x = ToyChain.Sequence(i);
            double[]?[] second = ToyChain.Conditionals([x[0], x[1], ToyChain.Mask, ToyChain.Mask]);
            expected[i] = first[0][x[0]] * first[1][x[1]] * second[2]![x[2]] * second[3]![x[3]];
        }
        Same(expected, SamplerDistribution.Of(Sampler.Blocks(2, Sampler.Ancestral()), 2));
        // Steps are 2 + 2 of 4, 1 + 3 of 4 for blocks of 1 and 3, and never less than one.
        Assert.AreEqual(4, Sampler.Blocks(2, Sampler.Ancestral()).StepsFor(4, 4));
        Assert.AreEqual(4, Sampler.Blocks(1, Sampler.Ancestral()).StepsFor(4, 2));
        Assert.AreEqual(7, Sampler.Blocks(3, Sampler.Ancestral()).StepsFor(10, 7));
        Assert.AreEqual(10, Sampler.Blocks(3, Sampler.FirstHitting()).StepsFor(10, 7));
    }

    [TestMethod]
    public void A_row_is_run_only_where_it_is_written()
    {
        // T steps of L masks: the chance that a step writes none is (1 − 1/T)^L.
        SamplerDistribution distribution = new(Sampler.Ancestral(), 16);
        distribution.Run(ToyChain.AllMasked);
        double expected = 16 * (1 - Math.Pow(15 / 16.0, 4));
        Assert.AreEqual(expected, distribution.ExpectedCalls, 1e-9);
    }

    /// <summary>Drawing without replacement with odds e^score, by all outcomes and by noise.</summary>
    [TestMethod]
    public void Positions_are_drawn_without_replacement_by_their_odds()
    {
        double[] odds = [.1, .2, .3, .4], distribution = new double[16];
        RankedPosition[] candidates() => [.. odds.Select((o, i) => new RankedPosition(i, i + 5, Math.Log(o)))];
        EnumeratedDraws all = new();
        do
        {
            RankedPosition[] drawn = candidates();
            all.DrawFirst(1, drawn, 2);
            distribution[4 * drawn[0].Index + drawn[1].Index] += all.Probability;
        }
        while (all.Next());
        for (int a = 0; a < 4; a++)
        {
            for (int b = 0; b < 4; b++)
                Assert.AreEqual(a == b ? 0 : odds[a] * odds[b] / (1 - odds[a]), distribution[4 * a + b], 1e-12);
        }
        int[] counts = new int[16];
        for (int i = 0; i < 20_000; i++)
        {
            RankedPosition[] drawn = candidates();
            new NoiseDraws((ulong)i).DrawFirst(3, drawn, 2);
            counts[4 * drawn[0].Index + drawn[1].Index]++;
        }
        ChiSquare.Check(counts, distribution, "without replacement");
    }

    /// <summary>What the loop draws, tokens and all, against the distribution of the same sampler.</summary>
    [TestMethod]
    [DataRow("Ancestral", 3)]
    [DataRow("FirstHitting", 3)]
    [DataRow("TopConfidence", 2)]
    [DataRow("TopConfidence(0.5)", 2)]
    [DataRow("TopConfidence(0, Margin)", 2)]
    [DataRow("TopConfidence(1, NegativeEntropy)", 3)]
    [DataRow("TopConfidence(0, Random)", 2)]
    [DataRow("Threshold(0.65)", 3)]
    [DataRow("Factor(0.9)", 4)]
    [DataRow("ReMdmCap(0.3)", 6)]
    [DataRow("ReMdmRescale(0.5)", 4)]
    [DataRow("ReMdmConfidence", 3)]
    [DataRow("ReMdmLoop(0.3, 0.7, 0.2, 0.6)", 8)]
    [DataRow("MaskPredict", 3)]
    [DataRow("UniformRemask", 4)]
    [DataRow("Gibbs(6, 4, 2)", 1)]
    [DataRow("Blocks(2, Ancestral)", 4)]
    [DataRow("Blocks(3, TopConfidence)", 2)]
    [DataRow("Blocks(2, ReMdmCap(0.3))", 6)]
    [DataRow("Blocks(2, Threshold(0.6))", 4)]
    public void What_is_drawn_has_the_enumerated_distribution(string text, int steps)
    {
        const int draws = 10_000;
        double[] distribution = SamplerDistribution.Of(Sampler.Parse(text), steps);
        RaggedTokens rows = new();
        for (int i = 0; i < draws; i++)
            rows.Append(ToyChain.AllMasked);
        DenoisingSettings settings = new() { Steps = steps, Seed = 11, Sampler = Sampler.Parse(text), TokenBudget = 40_000 };
        new DenoisingLoop(new ToyChain(), settings).Run(rows, samples: Enumerable.Range(0, draws).ToArray());
        int[] counts = new int[ToyChain.States];
        for (int i = 0; i < draws; i++)
            counts[ToyChain.Index(rows[i])]++;
        ChiSquare.Check(counts, distribution, text);
    }

    private static void Same(double[] expected, double[] distribution) =>
        Assert.IsLessThan(1e-12, SamplerDistribution.TotalVariation(expected, distribution));
}
