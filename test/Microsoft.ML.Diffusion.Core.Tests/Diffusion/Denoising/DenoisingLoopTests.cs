using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class DenoisingLoopTests
{
    private const int Vocabulary = 40, Mask = 7;

    public static IEnumerable<object[]> Samplers => AllSamplers.Texts.Select(text => new object[] { text });

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void A_row_alone_and_in_any_batch_becomes_the_same(string sampler)
    {
        DenoisingSettings settings = new()
        {
            Steps = 6, Sampler = Sampler.Parse(sampler), Temperature = .9, TopK = 20, TopP = .9, RepetitionPenalty = 1.2, EndOfText = 3,
            MinimumLength = 2, Guidance = .5, Seed = 3
        };
        RaggedTokens rows = Rows();
        new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask), settings).Run(rows);
        foreach (int budget in new[] { 1, 30, 100_000 })
        {
            FakeDenoiser denoiser = new(Vocabulary, Mask);
            RaggedTokens reversed = new();
            RaggedTokens clean = Rows();
            for (int i = clean.Count - 1; i >= 0; i--)
                reversed.Append(clean[i]);
            new DenoisingLoop(denoiser, settings with { TokenBudget = budget }).Run(reversed);
            for (int i = 0; i < clean.Count; i++)
                CollectionAssert.AreEqual(rows[i].ToArray(), reversed[clean.Count - 1 - i].ToArray());
            Assert.IsLessThanOrEqualTo(Math.Max(budget, 2 * 21), denoiser.LargestBatch);
        }
        for (int i = 0; i < rows.Count; i++)
        {
            RaggedTokens alone = new();
            alone.Append(Rows()[i]);
            new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask), settings).Run(alone);
            CollectionAssert.AreEqual(rows[i].ToArray(), alone[0].ToArray());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void Given_tokens_stay_and_banned_ones_are_never_written(string sampler)
    {
        foreach (double temperature in new[] { 0, 1, 3.0 })
        {
            RaggedTokens rows = Rows(), before = Rows();
            Recorder recorder = new();
            new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask, Mask, 0, 39),
                new DenoisingSettings { Steps = 5, Sampler = Sampler.Parse(sampler), Temperature = temperature }, [0, 39])
                .Run(rows, observer: recorder);
            for (int i = 0; i < rows.TokenCount; i++)
            {
                if (before.Tokens[i] != Mask)
                    Assert.AreEqual(before.Tokens[i], rows.Tokens[i]);
                else
                    Assert.IsFalse(rows.Tokens[i] is Mask or 0 or 39);
            }
            // Once written, a token stays, but where the sampler masks again; every row is seen until it is done.
            bool stays = !AllSamplers.MaskAgain.Contains(sampler);
            foreach (IGrouping<int, (int Row, int Step, int[] Tokens)> trace in recorder.Steps.GroupBy(s => s.Row))
            {
                int[] last = trace.First().Tokens;
                CollectionAssert.AreEqual(before[trace.Key].ToArray(), last);
                CollectionAssert.AreEqual(Enumerable.Range(0, trace.Count()).ToArray(), trace.Select(s => s.Step).ToArray());
                foreach ((int _, int _, int[] tokens) in trace)
                {
                    for (int i = 0; i < tokens.Length; i++)
                        Assert.IsTrue(last[i] == Mask || tokens[i] == last[i] || !stays && before[trace.Key][i] == Mask);
                    last = tokens;
                }
                CollectionAssert.AreEqual(rows[trace.Key].ToArray(), last);
            }
        }
    }

    [TestMethod]
    public void Leading_masks_are_left_alone()
    {
        RaggedTokens rows = new();
        rows.Append([1, Mask, 2, Mask, Mask]);
        new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask), new DenoisingSettings()).Run(rows, leading: [3]);
        Assert.AreEqual(Mask, rows[0][1]);
        Assert.AreNotEqual(Mask, rows[0][3]);
        Assert.AreNotEqual(Mask, rows[0][4]);
    }

    [TestMethod]
    public void Seeds_and_sample_numbers_make_texts_differ()
    {
        int[] Run(ulong seed, int sample)
        {
            RaggedTokens rows = new();
            rows.Append(Enumerable.Repeat(Mask, 20).ToArray());
            new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask), new DenoisingSettings { Seed = seed }).Run(rows, samples: [sample]);
            return rows.Tokens.ToArray();
        }
        CollectionAssert.AreEqual(Run(1, 2), Run(1, 2));
        CollectionAssert.AreNotEqual(Run(1, 2), Run(1, 3));
        CollectionAssert.AreNotEqual(Run(1, 2), Run(2, 2));
    }

    [TestMethod]
    public void Cancellation_stops_at_the_next_step()
    {
        using CancellationTokenSource source = new();
        FakeDenoiser denoiser = new(Vocabulary, Mask);
        Recorder recorder = new() { OnEach = () => { if (denoiser.Calls == 2) source.Cancel(); } };
        RaggedTokens rows = new();
        rows.Append(Enumerable.Repeat(Mask, 20).ToArray());
        Assert.ThrowsExactly<OperationCanceledException>(
            () => new DenoisingLoop(denoiser, new DenoisingSettings { Steps = 20, Sampler = Sampler.TopConfidence() })
            .Run(rows, observer: recorder, cancellationToken: source.Token));
        Assert.AreEqual(2, denoiser.Calls);
    }

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void A_NaN_is_named_with_its_step(string sampler)
    {
        foreach (double guidance in new[] { 0, 1.0 })
        {
            RaggedTokens rows = new();
            rows.Append([1, .. Enumerable.Repeat(Mask, 20)]);
            Recorder recorder = new();
            DenoisingSettings settings = new() { Steps = 20, Sampler = Sampler.Parse(sampler), Guidance = guidance };
            FakeDenoiser denoiser = new(Vocabulary, Mask) { NanAtCall = 2 };
            InvalidOperationException error =
                Assert.ThrowsExactly<InvalidOperationException>(() => new DenoisingLoop(denoiser, settings).Run(rows, observer: recorder));
            StringAssert.Contains(error.Message, $"step {recorder.Steps.Count} of ");
            StringAssert.Contains(error.Message, "row 0");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void More_steps_than_masks_and_one_step_are_defined(string sampler)
    {
        foreach (int steps in new[] { 1, 3, 1000 })
        {
            RaggedTokens rows = Rows();
            int[] calls = new int[rows.Count];
            Recorder recorder = new();
            new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask), new DenoisingSettings { Steps = steps, Sampler = Sampler.Parse(sampler) })
                .Run(rows, calls: calls, observer: recorder);
            Assert.IsFalse(rows.Tokens.Contains(Mask));
            if (AllSamplers.MaskAgain.Contains(sampler))
                continue;
            for (int i = 0; i < rows.Count; i++)
                Assert.IsLessThanOrEqualTo(Rows()[i].Count(Mask), calls[i], "A call writes one token at least.");
        }
    }

    [TestMethod]
    public void Bad_settings_say_what_was_given()
    {
        static void Refused(DenoisingSettings settings, string part) => StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask), settings)).Message, part);
        Refused(new DenoisingSettings { Steps = 0 }, "Steps is 0");
        Refused(new DenoisingSettings { Schedule = null! }, "Schedule is null");
        Refused(new DenoisingSettings { Sampler = null! }, "Sampler is null");
        Refused(new DenoisingSettings { Temperature = -1 }, "Temperature is -1");
        Refused(new DenoisingSettings { Temperature = double.NaN }, "Temperature is NaN");
        Refused(new DenoisingSettings { TopK = -1 }, "TopK is -1");
        Refused(new DenoisingSettings { TopP = 0 }, "TopP is 0");
        Refused(new DenoisingSettings { TopP = 1.1 }, "TopP is 1.1");
        Refused(new DenoisingSettings { TokenBudget = 0 }, "TokenBudget is 0");
        DenoisingLoop loop = new(new FakeDenoiser(Vocabulary, Mask), new DenoisingSettings());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => loop.Run(Rows(), samples: [1, 2])).Message, "2 entries");
        Refused(new DenoisingSettings { RepetitionPenalty = .9 }, "RepetitionPenalty is 0.9");
        Refused(new DenoisingSettings { RepetitionPenalty = double.NaN }, "RepetitionPenalty is NaN");
        Refused(new DenoisingSettings { BannedTokens = null! }, "BannedTokens is null");
        Refused(new DenoisingSettings { EndOfText = -1 }, "EndOfText is -1");
        Refused(new DenoisingSettings { EndOfText = Mask }, "not its mask, 7");
        Refused(new DenoisingSettings { EndOfText = Vocabulary }, "one of the model's 40 ids");
        Refused(new DenoisingSettings { EndOfText = 3, BannedTokens = [3] }, "BannedTokens contains 3");
        Refused(new DenoisingSettings { MinimumLength = 4 }, "MinimumLength is 4 and EndOfText null");
        Refused(new DenoisingSettings { EndOfText = 3, MinimumLength = -1 }, "MinimumLength is -1");
        Refused(new DenoisingSettings { Guidance = -1 }, "Guidance is -1");
        Refused(new DenoisingSettings { Guidance = double.PositiveInfinity }, "Guidance is");
        Refused(new DenoisingSettings
        {
            BannedTokens = [.. Enumerable.Range(0, Vocabulary).Where(id => id != 3)], EndOfText = 3, MinimumLength = 1
        }, "All tokens but 3");
        Refused(new DenoisingSettings { BannedTokens = [.. Enumerable.Range(0, Vocabulary)] }, "All 40 tokens are banned");
    }

    private static RaggedTokens Rows()
    {
        RaggedTokens rows = new();
        rows.Append([1, 2, Mask, Mask, Mask, 3]);
        rows.Append(Enumerable.Repeat(Mask, 21).ToArray());
        rows.Append([5, 6]);
        rows.Append([]);
        rows.Append([Mask]);
        rows.Append([8, Mask, 9, Mask, 10, Mask, Mask, 1, 2]);
        return rows;
    }
}
