using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Samplers;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What samplers do at sizes beyond enumeration, and their text forms; their distributions are in
/// <see cref="SamplerDistributionTests"/>.</summary>
[TestClass]
public class SamplerTests
{
    [TestMethod]
    public void Confidence_temperature_draws_positions_by_their_odds()
    {
        const double temperature = .4;
        double[] odds =
            [.. ToyChain.Conditionals(ToyChain.AllMasked).Select(distribution => Math.Pow(distribution!.Max(), 1 / temperature))];
        Recorder recorder = new();
        Run(new ToyChain(), new DenoisingSettings { Steps = 4, Seed = 5, Sampler = Sampler.TopConfidence(temperature) }, 20_000, recorder);
        int[] counts = new int[4];
        foreach ((int _, int step, int[] tokens) in recorder.Steps)
        {
            if (step == 1)
                counts[Array.FindIndex(tokens, token => token != ToyChain.Mask)]++;
        }
        ChiSquare.Check(counts, [.. odds.Select(o => o / odds.Sum())], "positions");
    }

    [TestMethod]
    public void Steps_of_top_confidence_follow_the_schedule()
    {
        int[] Left(MaskSchedule schedule, int steps)
        {
            Recorder recorder = new();
            RaggedTokens rows = new();
            rows.Append(Enumerable.Repeat(7, 10).ToArray());
            new DenoisingLoop(new FakeDenoiser(20, 7),
                new DenoisingSettings { Steps = steps, Schedule = schedule, Sampler = Sampler.TopConfidence() })
                .Run(rows, observer: recorder);
            return [.. recorder.Steps.Select(s => s.Tokens.Count(token => token == 7))];
        }
        CollectionAssert.AreEqual(new[] { 10, 7, 5, 2, 0 }, Left(MaskSchedule.Linear, 4));
        CollectionAssert.AreEqual(new[] { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 }, Left(MaskSchedule.Linear, 10));
        CollectionAssert.AreEqual(new[] { 10, 9, 7, 3, 0 }, Left(MaskSchedule.Cosine, 4));
        // More steps than masks: one a step, then it ends.
        CollectionAssert.AreEqual(new[] { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 }, Left(MaskSchedule.Linear, 50));
    }

    /// <summary>Deciding first which rows are run is a cache of predictions that is exact: the texts are those of
    /// running every row at every step.</summary>
    [TestMethod]
    [DataRow("Ancestral")]
    [DataRow("ReMdmCap(0.1)")]
    [DataRow("ReMdmRescale(0.3)")]
    [DataRow("ReMdmConfidence")]
    [DataRow("ReMdmLoop")]
    [DataRow("UniformRemask")]
    public void Running_rows_only_when_they_change_gives_the_same_texts(string text)
    {
        foreach (int steps in new[] { 1, 5, 40, 150 })
        {
            (List<(int Row, int Step, int[] Tokens)> Trace, int[] Calls) Run(Sampler sampler)
            {
                RaggedTokens rows = new();
                foreach (int length in new[] { 3, 20, 11, 20 })
                    rows.Append(Enumerable.Repeat(7, length).ToArray());
                int[] calls = new int[4];
                Recorder recorder = new();
                new DenoisingLoop(new FakeDenoiser(50, 7), new DenoisingSettings { Steps = steps, Sampler = sampler, Seed = 1 })
                    .Run(rows, calls: calls, observer: recorder);
                Assert.IsFalse(rows.Tokens.Contains(7));
                return (recorder.Steps, calls);
            }
            (List<(int Row, int Step, int[] Tokens)> lazy, int[] lazyCalls) = Run(Sampler.Parse(text));
            (List<(int Row, int Step, int[] Tokens)> always, int[] alwaysCalls) = Run(new RunAlways(Sampler.Parse(text)));
            Assert.HasCount(always.Count, lazy);
            for (int i = 0; i < lazy.Count; i++)
            {
                Assert.AreEqual((always[i].Row, always[i].Step), (lazy[i].Row, lazy[i].Step));
                CollectionAssert.AreEqual(always[i].Tokens, lazy[i].Tokens);
            }
            for (int i = 0; i < 4; i++)
                Assert.IsLessThanOrEqualTo(alwaysCalls[i], lazyCalls[i]);
            if (steps == 150 && text == "Ancestral")
                Assert.IsLessThanOrEqualTo(54, lazyCalls.Sum(), "A call writes one token at least.");
        }
    }

    /// <summary>Noise in float32 would write .189 of what it should here.</summary>
    [TestMethod]
    public void Tokens_are_written_at_the_right_rate_in_1024_steps_of_a_large_vocabulary()
    {
        const int masks = 1500, vocabulary = 50_265, steps = 1024;
        Recorder recorder = new();
        RaggedTokens rows = new();
        rows.Append(Enumerable.Repeat(0, masks).ToArray());
        new DenoisingLoop(new FakeDenoiser(vocabulary, 0) { Flat = true }, new DenoisingSettings { Steps = steps, Seed = 6 })
            .Run(rows, observer: recorder);
        int[] written = new int[8], tokens = new int[10];
        int before = masks;
        foreach ((int _, int step, int[] now) in recorder.Steps)
        {
            int left = now.Count(token => token == 0);
            if (step > 0)
                written[(step - 1) / (steps / 8)] += before - left;
            before = left;
        }
        ChiSquare.Check(written, Enumerable.Repeat(1 / 8.0, 8).ToArray(), "times");
        foreach (int token in rows[0])
            tokens[(int)((token - 1) * 10L / (vocabulary - 1))]++;
        ChiSquare.Check(tokens, Enumerable.Repeat(.1, 10).ToArray(), "tokens");
    }

    /// <summary>Closed form: the number written in a step of a linear schedule is binomial, of the
    /// masks left and 1 / (steps left).</summary>
    [TestMethod]
    [DataRow(1024)]
    [DataRow(4096)]
    public void Each_step_writes_its_binomial_share(int steps)
    {
        const int masks = 50_265;
        DenoisingRow row = new(0, new int[masks], 0, 0, new NoiseDraws(5));
        Sampler sampler = Sampler.Ancestral();
        sampler.Start(row, steps);
        double statistic = 0;
        const int observed = 100;
        for (int step = 1; step <= observed; step++)
        {
            row.Begin(step, sampler, MaskSchedule.Linear);
            int left = row.Masked.Length;
            sampler.Plan(row);
            double p = 1.0 / (steps - step + 1), deviation = row.Asked.Length - left * p;
            statistic += deviation * deviation / (left * p * (1 - p));
            foreach (Proposal proposal in row.Asked)
                row.Write(proposal.Position, 1, 0);
            row.FindMasks();
        }
        Assert.IsLessThan(ChiSquare.Critical(observed), statistic);
        Assert.AreEqual((double)observed / steps, 1 - row.Masked.Length / (double)masks, 5 * Math.Sqrt((double)observed / steps / masks));
    }

    [TestMethod]
    public void Mask_predict_masks_again_as_many_as_the_schedule_says()
    {
        int[] Asked(MaskSchedule schedule, int steps, int masks)
        {
            RaggedTokens rows = new();
            rows.Append(Enumerable.Repeat(7, masks).ToArray());
            CountingDenoiser denoiser = new(new FakeDenoiser(20, 7));
            new DenoisingLoop(denoiser, new DenoisingSettings { Steps = steps, Schedule = schedule, Sampler = Sampler.MaskPredict() })
                .Run(rows);
            return [.. denoiser.Rows];
        }
        CollectionAssert.AreEqual(new[] { 10, 7, 5, 2 }, Asked(MaskSchedule.Linear, 4, 10));
        CollectionAssert.AreEqual(new[] { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 }, Asked(MaskSchedule.Linear, 10, 10));
        CollectionAssert.AreEqual(new[] { 10, 9, 7, 3 }, Asked(MaskSchedule.Cosine, 4, 10));
        CollectionAssert.AreEqual(new[] { 3, 2, 2, 1, 1 }, Asked(MaskSchedule.Linear, 7, 3),
            "More steps than masks: ends when none would be masked.");
        CollectionAssert.AreEqual(new[] { 10 }, Asked(MaskSchedule.Linear, 1, 10));
    }

    [TestMethod]
    public void A_text_form_is_read_back()
    {
        foreach (string text in AllSamplers.Texts)
            Assert.AreEqual(text, Sampler.Parse(text).ToString());
        foreach ((string text, string full) in new[]
        {
            (" topconfidence(.25) ", "TopConfidence(0.25)"), ("topconfidence( 0 , margin )", "TopConfidence(0, Margin)"),
                ("TopConfidence(0, MaxProbability)", "TopConfidence"),
            ("Threshold", "Threshold(0.9)"), ("Factor", "Factor(1)"), ("ReMdmCap", "ReMdmCap(0.008)"),
            ("ReMdmRescale", "ReMdmRescale(0.015)"),
            ("ReMdmLoop(.1)", "ReMdmLoop(0.1, 0.55, 0.05, 0.9)"), ("gibbs", "Gibbs(500, 250, 100)"),
            ("blocks(8,topconfidence(1,margin))", "Blocks(8, TopConfidence(1, Margin))"),
        })
        {
            Assert.AreEqual(full, Sampler.Parse(text).ToString());
            Assert.AreEqual(full, Sampler.Parse(full).ToString());
        }
        foreach (string text in new[]
        {
            "", "Gobbs", "Ancestral(1)", "TopConfidence(x)", "TopConfidence()", "(1)", "TopConfidence(0, Sure)", "TopConfidence(0, 1)",
                "TopConfidence(0, Margin, 1)", "Blocks", "Blocks(4)", "Blocks(Ancestral)",
            "Blocks(4, Ancestral", "Blocks(4, Ancestral))", "Blocks(4, Ancestral, 1)", "Gibbs(1.5)", "Threshold(0.5,9)",
            "Blocks(4, Threshold(0.9)) x",
        })
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Sampler.Parse(text), text).Message,
                "There is no sampler '");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(
            () => Sampler.Parse(string.Concat(Enumerable.Repeat("Blocks(1, ", 100_000)))).Message, "at most 1000 characters");
    }

    [TestMethod]
    public void Values_out_of_range_and_combinations_without_sense_are_refused()
    {
        foreach ((Action make, string part) in new (Action, string)[]
        {
            (() => Sampler.TopConfidence(-1), "most certain positions"),
                (() => Sampler.TopConfidence(double.NaN), "most certain positions"),
            (() => Sampler.TopConfidence(double.PositiveInfinity), "most certain positions"),
            (() => Sampler.TopConfidence(0, (ConfidenceScore)9), "NegativeEntropy"),
            (() => Sampler.TopConfidence(.5, ConfidenceScore.Random), "The temperature 0.5 has no effect"),
            (() => Sampler.Threshold(0), "above 0 and at most 1"), (() => Sampler.Threshold(1.01), "above 0 and at most 1"),
            (() => Sampler.Threshold(double.NaN), "above 0 and at most 1"),
            (() => Sampler.Factor(0), "above 0"), (() => Sampler.Factor(double.PositiveInfinity), "above 0"),
            (() => Sampler.ReMdmCap(-.1), "0 to 1"), (() => Sampler.ReMdmRescale(1.1), "0 to 1"),
            (() => Sampler.ReMdmLoop(double.NaN), "0 to 1"),
            (() => Sampler.ReMdmLoop(.1, 1), "between 0 (all written) and 1"),
            (() => Sampler.ReMdmLoop(.1, .5, .5), "below the loop's beginning, 0.5"),
            (() => Sampler.ReMdmLoop(.1, .5, .1, 1), "between 0 and 1"),
            (() => Sampler.Gibbs(0), "1 or more"), (() => Sampler.Gibbs(1, -1), "0 or more"), (() => Sampler.Gibbs(1, 1, -1), "0 for all"),
            (() => Sampler.Blocks(0, Sampler.Ancestral()), "1 or more"),
            (() => Sampler.Blocks(4, Sampler.Blocks(2, Sampler.Ancestral())), "itself made of blocks"),
            (() => Sampler.Blocks(4, null!), "inner"),
            (() => Sampler.Parse("Threshold(1.5)"), "at most 1"),
        })
            StringAssert.Contains(Assert.Throws<ArgumentException>(make, part).Message, part);
    }

    [TestMethod]
    public void Samplers_and_schedules_that_make_no_sense_together_are_refused()
    {
        TokenHistogram histogram = new(3);
        histogram.Add([0, 1, 1, 2]);
        MaskSchedule spindle = MaskSchedule.Spindle(.1, histogram),
            falling = MaskSchedule.CustomForTraining(t => .5 + .4 * Math.Cos(9 * t), t => -3.6 * Math.Sin(9 * t));
        foreach ((string sampler, MaskSchedule schedule, string? part) in new (string, MaskSchedule, string?)[]
        {
            ("Ancestral", spindle, null), ("TopConfidence", spindle, null), ("Blocks(2, Threshold)", spindle, null),
                ("ReMdmLoop", MaskSchedule.Cosine, null),
            ("ReMdmCap", spindle, "depend on the token"), ("Blocks(2, ReMdmLoop)", spindle, "depend on the token"),
            ("UniformRemask", spindle, "depend on the token"),
            ("Ancestral", falling, "falls as t grows"), ("Blocks(2, Gibbs)", falling, "falls as t grows"),
            ("ReMdmLoop(0.1, 0.5, 0.1, 0.3)", MaskSchedule.Discrete(.25, .5), "mask rate 0.7"),
            ("Blocks(2, ReMdmLoop(0.1, 0.5, 0.1, 0.3))", MaskSchedule.LogLinear(.5), "mask rate 0.7"),
            ("Ancestral", MaskSchedule.Clipped(.3, .8), "run from 0.3 to 0.8"),
            ("Blocks(2, Gibbs)", MaskSchedule.CustomForTraining(t => 1 - .9 * t, _ => -.9), "training only"),
            ("Ancestral", MaskSchedule.Spindle(3, histogram), null),
        })
        {
            DenoisingSettings settings = new() { Sampler = Sampler.Parse(sampler), Schedule = schedule };
            if (part is null)
                settings.Validate();
            else
                StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(settings.Validate).Message, part);
        }
    }

    private static RaggedTokens Run(IDenoiser denoiser, DenoisingSettings settings, int draws, IDenoisingObserver? observer)
    {
        RaggedTokens rows = new();
        for (int i = 0; i < draws; i++)
            rows.Append(ToyChain.AllMasked);
        new DenoisingLoop(denoiser, settings).Run(rows, samples: Enumerable.Range(0, draws).ToArray(), observer: observer);
        return rows;
    }
}
