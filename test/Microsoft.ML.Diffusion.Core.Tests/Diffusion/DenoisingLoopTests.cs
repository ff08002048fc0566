using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class DenoisingLoopTests
{
    private const int Vocabulary = 40, Mask = 7;

    public static IEnumerable<object[]> Samplers => new[] { "Ancestral", "TopConfidence", "TopConfidence(0.5)" }.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void A_row_alone_and_in_any_batch_becomes_the_same(string sampler)
    {
        DenoisingSettings settings = new() { Steps = 6, Sampler = Sampler.Parse(sampler), Temperature = .9, TopK = 20, TopP = .9, Seed = 3 };
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
            Assert.IsLessThanOrEqualTo(Math.Max(budget, 21), denoiser.LargestBatch);
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
            new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask, Mask, 0, 39), new DenoisingSettings { Steps = 5, Sampler = Sampler.Parse(sampler), Temperature = temperature }, [0, 39])
                .Run(rows, observer: recorder);
            for (int i = 0; i < rows.TokenCount; i++)
            {
                if (before.Tokens[i] != Mask)
                    Assert.AreEqual(before.Tokens[i], rows.Tokens[i]);
                else
                    Assert.IsFalse(rows.Tokens[i] is Mask or 0 or 39);
            }
            // Once written, a token stays; every row is seen until its last mask is gone.
            foreach (IGrouping<int, (int Row, int Step, int[] Tokens)> trace in recorder.Steps.GroupBy(s => s.Row))
            {
                int[] last = trace.First().Tokens;
                CollectionAssert.AreEqual(before[trace.Key].ToArray(), last);
                CollectionAssert.AreEqual(Enumerable.Range(0, trace.Count()).ToArray(), trace.Select(s => s.Step).ToArray());
                foreach ((int _, int _, int[] tokens) in trace)
                {
                    for (int i = 0; i < tokens.Length; i++)
                        Assert.IsTrue(last[i] == Mask || tokens[i] == last[i]);
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
        Assert.ThrowsExactly<OperationCanceledException>(() => new DenoisingLoop(denoiser, new DenoisingSettings { Steps = 20, Sampler = Sampler.TopConfidence() })
            .Run(rows, observer: recorder, cancellationToken: source.Token));
        Assert.AreEqual(2, denoiser.Calls);
    }

    [TestMethod]
    public void A_NaN_is_named_with_its_step()
    {
        RaggedTokens rows = new();
        rows.Append(Enumerable.Repeat(Mask, 20).ToArray());
        InvalidOperationException error = Assert.ThrowsExactly<InvalidOperationException>(() =>
            new DenoisingLoop(new FakeDenoiser(Vocabulary, Mask) { NanAtCall = 3 }, new DenoisingSettings { Steps = 20, Sampler = Sampler.TopConfidence() }).Run(rows));
        StringAssert.Contains(error.Message, "step 3 of 20");
        StringAssert.Contains(error.Message, "row 0");
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
