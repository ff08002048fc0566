using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>What samplers do at sizes beyond enumeration, and their text forms; their laws are in <see cref="SamplerLawTests"/>.</summary>
[TestClass]
public class SamplerTests
{
    [TestMethod]
    public void Confidence_temperature_draws_positions_by_their_odds()
    {
        const double temperature = .4;
        double[] odds = [.. ToyChain.Conditionals(ToyChain.AllMasked).Select(law => Math.Pow(law!.Max(), 1 / temperature))];
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
            new DenoisingLoop(new FakeDenoiser(20, 7), new DenoisingSettings { Steps = steps, Schedule = schedule, Sampler = Sampler.TopConfidence() }).Run(rows, observer: recorder);
            return [.. recorder.Steps.Select(s => s.Tokens.Count(token => token == 7))];
        }
        CollectionAssert.AreEqual(new[] { 10, 7, 5, 2, 0 }, Left(MaskSchedule.Linear, 4));
        CollectionAssert.AreEqual(new[] { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 }, Left(MaskSchedule.Linear, 10));
        CollectionAssert.AreEqual(new[] { 10, 9, 7, 3, 0 }, Left(MaskSchedule.Cosine, 4));
        // More steps than masks: one a step, then it ends.
        CollectionAssert.AreEqual(new[] { 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 }, Left(MaskSchedule.Linear, 50));
    }

    [TestMethod]
    public void Running_rows_only_when_they_change_gives_the_same_texts()
    {
        foreach (int steps in new[] { 1, 5, 40, 300 })
        {
            (int[] Tokens, int[] Calls) Run(Sampler sampler)
            {
                RaggedTokens rows = new();
                foreach (int length in new[] { 3, 20, 11, 20 })
                    rows.Append(Enumerable.Repeat(7, length).ToArray());
                int[] calls = new int[4];
                new DenoisingLoop(new FakeDenoiser(50, 7), new DenoisingSettings { Steps = steps, Sampler = sampler, Seed = 1 }).Run(rows, calls: calls);
                return (rows.Tokens.ToArray(), calls);
            }
            (int[] lazy, int[] lazyCalls) = Run(Sampler.Ancestral());
            (int[] always, int[] alwaysCalls) = Run(new RunAlways(Sampler.Ancestral()));
            CollectionAssert.AreEqual(always, lazy);
            CollectionAssert.DoesNotContain(lazy, 7);
            for (int i = 0; i < 4; i++)
                Assert.IsLessThanOrEqualTo(Math.Min(alwaysCalls[i], 20), lazyCalls[i]);
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
        new DenoisingLoop(new FakeDenoiser(vocabulary, 0) { Flat = true }, new DenoisingSettings { Steps = steps, Seed = 6 }).Run(rows, observer: recorder);
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

    [TestMethod]
    public void A_text_form_is_read_back()
    {
        foreach (string text in new[] { "Ancestral", "TopConfidence", "TopConfidence(0.5)" })
            Assert.AreEqual(text, Sampler.Parse(text).ToString());
        Assert.AreEqual("TopConfidence(0.25)", Sampler.Parse(" topconfidence(.25) ").ToString());
        foreach (string text in new[] { "", "Gobbs", "Ancestral(1)", "TopConfidence(x)", "TopConfidence()", "(1)" })
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Sampler.Parse(text)).Message, $"'{text}'");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Sampler.Parse("TopConfidence(-1)"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Sampler.TopConfidence(double.NaN));
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
