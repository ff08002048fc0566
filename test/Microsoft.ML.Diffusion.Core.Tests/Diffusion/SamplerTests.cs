using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Draws of the product against laws that are enumerated here, without it.</summary>
[TestClass]
public class SamplerTests
{
    private const int Draws = 100_000;

    [TestMethod]
    [DataRow(1, .4919)]
    [DataRow(2, .2547)]
    [DataRow(4, .1303)]
    [DataRow(8, .0660)]
    [DataRow(16, .0332)]
    [DataRow(32, .0166)]
    public void Ancestral_has_its_enumerated_law(int steps, double totalVariation)
    {
        double[] law = AncestralLaw(steps, t => t);
        Assert.AreEqual(totalVariation, TotalVariation(law), 6e-5);
        DenoisingSettings settings = new() { Steps = steps, Seed = 1, TokenBudget = 40_000 };
        ChiSquare.Check(Counts(settings), law, $"T = {steps}");
    }

    [TestMethod]
    public void Ancestral_follows_the_schedule()
    {
        // The cosine schedule as the enumeration knows it.
        static double Rate(double t) => Math.Cos(Math.PI / 2 * (1 - t));
        double[] law = AncestralLaw(3, Rate);
        DenoisingSettings settings = new() { Steps = 3, Seed = 2, Schedule = MaskSchedule.Cosine };
        int[] counts = Counts(settings);
        ChiSquare.Check(counts, law, "cosine");
        Assert.IsGreaterThan(ChiSquare.Critical(80), ChiSquare.Statistic(counts, AncestralLaw(3, t => t), out _));
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(.5)]
    public void Top_confidence_one_token_a_step_has_the_exact_law(double temperature)
    {
        // Scoring by the drawn token would be off by a total variation of .452: a statistic of tens of thousands.
        foreach (MaskSchedule schedule in MaskSchedule.All)
        {
            DenoisingSettings settings = new() { Steps = 4, Seed = 3, Schedule = schedule, Sampler = Sampler.TopConfidence(temperature) };
            ChiSquare.Check(Counts(settings), ToyChain.Law, schedule.Name);
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void Top_confidence_in_few_steps_has_its_enumerated_law(int steps)
    {
        DenoisingSettings settings = new() { Steps = steps, Seed = 4, Sampler = Sampler.TopConfidence() };
        ChiSquare.Check(Counts(settings), TopConfidenceLaw(steps), $"T = {steps}");
    }

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

    private static int[] Counts(DenoisingSettings settings)
    {
        int[] counts = new int[ToyChain.States];
        RaggedTokens rows = Run(new ToyChain(), settings, Draws, null);
        for (int i = 0; i < Draws; i++)
            counts[ToyChain.Index(rows[i])]++;
        return counts;
    }

    private static RaggedTokens Run(IDenoiser denoiser, DenoisingSettings settings, int draws, IDenoisingObserver? observer)
    {
        RaggedTokens rows = new();
        for (int i = 0; i < draws; i++)
            rows.Append(ToyChain.AllMasked);
        new DenoisingLoop(denoiser, settings).Run(rows, samples: Enumerable.Range(0, draws).ToArray(), observer: observer);
        return rows;
    }

    private static double TotalVariation(double[] law) => law.Zip(ToyChain.Law, (a, b) => Math.Abs(a - b)).Sum() / 2;

    private static double[] AncestralLaw(int steps, Func<double, double> rate) => Law(steps, (state, step) =>
    {
        double t = rate((steps - step + 1.0) / steps), s = step == steps ? 0 : rate((double)(steps - step) / steps), written = (t - s) / t;
        double[]?[] conditionals = ToyChain.Conditionals(state);
        return Product(state, i => conditionals[i] is double[] law ? [.. law.Select(p => p * written), 1 - written] : null);
    });

    private static double[] TopConfidenceLaw(int steps) => Law(steps, (state, step) =>
    {
        double[]?[] conditionals = ToyChain.Conditionals(state);
        int[] masked = [.. Enumerable.Range(0, 4).Where(i => state[i] == ToyChain.Mask)];
        int left = Math.Max(0, Math.Min(4 * (steps - step) / steps, masked.Length - 1));
        // Confidences compare as the float32 logits give them: ties by symmetry go to the first.
        HashSet<int> chosen = [.. masked.OrderByDescending(i => conditionals[i]!.Max()).ThenBy(i => i).Take(masked.Length - left)];
        return Product(state, i => chosen.Contains(i) ? [.. conditionals[i]!, 0] : null);
    });

    private static double[] Law(int steps, Func<int[], int, IEnumerable<(int[] State, double P)>> step)
    {
        Dictionary<string, (int[] State, double P)> law = new() { [""] = (ToyChain.AllMasked, 1) };
        for (int i = 1; i <= steps; i++)
        {
            Dictionary<string, (int[] State, double P)> next = [];
            foreach ((int[] state, double p) in law.Values)
            {
                foreach ((int[] to, double q) in step(state, i))
                {
                    string key = string.Join(',', to);
                    next[key] = (to, p * q + (next.TryGetValue(key, out (int[], double P) known) ? known.P : 0));
                }
            }
            law = next;
        }
        double[] result = new double[ToyChain.States];
        foreach ((int[] state, double p) in law.Values)
            result[ToyChain.Index(state)] += p;
        return result;
    }

    private static List<(int[] State, double P)> Product(int[] state, Func<int, double[]?> lawAt)
    {
        List<(int[] State, double P)> outcomes = [(state, 1)];
        for (int i = 0; i < 4; i++)
        {
            if (lawAt(i) is not double[] law)
                continue;
            outcomes = [.. outcomes.SelectMany(o => Enumerable.Range(0, law.Length).Where(v => law[v] > 0).Select(v =>
            {
                int[] next = [.. o.State];
                next[i] = v;
                return (next, o.P * law[v]);
            }))];
        }
        return outcomes;
    }
}
