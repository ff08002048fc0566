using System.Text.Json;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Denoising;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
public class DenoisingTraceTests
{
    private const int Mask = FakeTokenizer.Mask;

    public static IEnumerable<object[]> Samplers => AllSamplers.Texts.Select(text => new object[] { text });

    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void A_trace_replays_every_step_and_comes_back_from_JSON(string sampler)
    {
        RaggedTokens rows = Rows();
        Recorder recorder = new();
        Loop(sampler).Run(rows, observer: recorder);
        RaggedTokens traced = Rows();
        TraceRecorder traces = new(new FakeTokenizer());
        Loop(sampler).Run(traced, observer: traces);
        CollectionAssert.AreEqual(rows.Tokens.ToArray(), traced.Tokens.ToArray(), "watching changes nothing");

        Assert.HasCount(rows.Count, traces.Traces);
        for (int i = 0; i < rows.Count; i++)
        {
            DenoisingTrace trace = traces.Traces[i];
            Assert.IsTrue(trace.IsWhole);
            CollectionAssert.AreEqual(rows[i].ToArray(), trace.Replay());
            foreach ((_, int step, int[] tokens) in recorder.Steps.Where(step => step.Row == i))
                CollectionAssert.AreEqual(tokens, trace.Replay(trace.Steps.Count(kept => kept.Number <= step)), $"row {i}, step {step}");
            foreach ((TraceStep step, int before) in trace.Steps.Select((step, before) => (step, before)))
            {
                int[] tokens = trace.Replay(before);
                foreach (TraceChange change in step.Changes)
                {
                    Assert.AreEqual(
                        change.Token == Mask ? TraceChangeKind.MaskedAgain : tokens[change.Position] == Mask ? TraceChangeKind.Written
                            : TraceChangeKind.Rewritten, change.Kind);
                    Assert.AreEqual(change.Kind == TraceChangeKind.MaskedAgain, float.IsNaN(change.Probability));
                    Assert.IsTrue(float.IsNaN(change.Probability) || change.Probability is > 0 and <= 1);
                }
            }
            string json = trace.ToJson();
            DenoisingTrace read = DenoisingTrace.FromJson(json);
            Assert.AreEqual(json, read.ToJson());
            CollectionAssert.AreEqual(trace.Steps.SelectMany(step => step.Changes).ToArray(),
                read.Steps.SelectMany(step => step.Changes).ToArray());

            RaggedTokens alone = new();
            alone.Append(Rows()[i]);
            TraceRecorder one = new(new FakeTokenizer());
            Loop(sampler).Run(alone, observer: one);
            Assert.AreEqual(json, one.Traces.Single().ToJson(), "alone and in a batch");
        }
    }

    [TestMethod]
    public void Some_steps_write_over_what_stands_there()
    {
        foreach ((string sampler, TraceChangeKind kind) in new[] { ("ReMdmCap(0.2)", TraceChangeKind.MaskedAgain),
            ("MaskPredict", TraceChangeKind.Rewritten), ("Gibbs(60, 40, 5)", TraceChangeKind.Rewritten) })
            Assert.IsTrue(Changes(Trace(Loop(sampler))).Any(change => change.Kind == kind), sampler);
        // Written anew, even if it is the same: with one token that may be written there is no other.
        FakeDenoiser denoiser = new(FakeTokenizer.Size, Mask, 50);
        DenoisingTrace same =
            Trace(new DenoisingLoop(denoiser, new DenoisingSettings { Sampler = Sampler.MaskPredict(), Steps = 4, Temperature = 0 }));
        Assert.AreEqual(9 + 6 + 4 + 2, Changes(same).Count());
        Assert.IsTrue(Changes(same).All(change => change.Token == 50));
    }

    [TestMethod]
    public void Probabilities_are_those_of_the_denoiser_when_it_wrote()
    {
        RaggedTokens rows = Rows();
        double[] means = new double[rows.Count];
        TraceRecorder recorder = new(new FakeTokenizer());
        Loop("FirstHitting").Run(rows, logProbabilities: means, observer: recorder);
        for (int i = 0; i < rows.Count; i++)
        {
            if (means[i] != 0)
                Assert.AreEqual(means[i], Changes(recorder.Traces[i]).Average(change => Math.Log(change.Probability)), 1e-6);
        }
        Assert.IsFalse(means.All(mean => mean == 0));
    }

    [TestMethod]
    public void What_the_end_of_the_text_fills_up_was_not_predicted()
    {
        DenoisingSettings settings =
            new() { EndOfText = 60, MinimumLength = 2, Sampler = Sampler.Blocks(1, Sampler.TopConfidence()), Steps = 9 };
        DenoisingTrace trace = Trace(new DenoisingLoop(new FakeDenoiser(FakeTokenizer.Size, Mask, 60), settings));
        Assert.AreEqual((3, 6), (Changes(trace).Count(change => !float.IsNaN(change.Probability)),
            Changes(trace).Count(change => float.IsNaN(change.Probability) && change.Token == 60)));
    }

    [TestMethod]
    public void Changes_beyond_the_limit_become_one_step()
    {
        DenoisingTrace whole = Trace(Loop("ReMdmCap(0.4)"));
        int most = Changes(whole).Count() / 2;
        DenoisingTrace part = Trace(Loop("ReMdmCap(0.4)"), most);
        Assert.IsFalse(part.IsWhole);
        CollectionAssert.AreEqual(whole.Replay(), part.Replay());
        Assert.IsLessThanOrEqualTo(most, part.Steps.SkipLast(1).Sum(step => step.Changes.Count));
        Assert.AreEqual(whole.Steps[^1].Number, part.Steps[^1].Number);
        Assert.AreEqual(part.ToJson(), DenoisingTrace.FromJson(part.ToJson()).ToJson());
        Assert.HasCount(1, Trace(Loop("Ancestral"), 0).Steps);
    }

    [TestMethod]
    public void A_recorder_begins_anew_with_the_row()
    {
        TraceRecorder recorder = new(new FakeTokenizer());
        Loop("Ancestral").Run(Rows(), observer: recorder);
        RaggedTokens other = new();
        other.Append([1, 9, Mask, 2]);
        Loop("Ancestral").Run(other, observer: recorder);
        Assert.HasCount(4, recorder.Traces[0].Start);
        Assert.HasCount(Rows()[1].Length, recorder.Traces[1].Start);
    }

    [TestMethod]
    public void Texts_that_are_no_trace_are_refused()
    {
        string json = Trace(Loop("ReMdmCap(0.2)")).ToJson();
        JsonDocument.Parse(json).Dispose();
        foreach ((string text, string part) in new[]
        {
            ("", "not a denoising trace"), ("[]", "not a denoising trace"), ("{}", "not a denoising trace"),
                (json[..^9], "not a denoising trace"), (json.Replace("trace/1", "trace/2"), "format"),
            (Regex("\"positions\":\\[\\d+", "\"positions\":[999"), "position 999"),
            (Regex("\"positions\":\\[\\d+", "\"positions\":[-1"), "position -1"),
            (Regex("\"positions\":\\[", "\"positions\":[0,"), "tokens and"),
            (Regex("\"step\":\\d+", "\"step\":0"), "out of order"),
            (Regex("\"probabilities\":\\[[^,\\]]+", "\"probabilities\":[1.5"), "probability"),
            (Regex("\"tokenTexts\":.*", "\"tokenTexts\":{}}"), "has no text"),
            (Regex("\"tokenTexts\":.*", "\"tokenTexts\":{\"x\":\"\"}}"), "not the id"),
            (Regex("\"maskToken\":3", "\"maskToken\":99999999999"), "not a denoising trace"),
            (Regex("\"tokens\":\\[\\d+", "\"tokens\":[3"), "which is a mask"),
        })
            StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => DenoisingTrace.FromJson(text), part).Message, part);

        string Regex(string pattern, string replacement) => new System.Text.RegularExpressions.Regex(pattern).Replace(json, replacement, 1);
    }

    [TestMethod]
    public void Texts_of_tokens_are_those_of_the_tokenizer()
    {
        DenoisingTrace trace = Trace(Loop("Ancestral"));
        Assert.AreEqual("", trace.TokenTexts[Mask]);
        foreach (int id in trace.Replay().Where(id => id >= FakeTokenizer.FirstCharacter))
            Assert.AreEqual(new FakeTokenizer().Decode([id]), trace.TokenTexts[id]);
        Assert.Throws<ArgumentOutOfRangeException>(() => trace.Replay(trace.Steps.Count + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => trace.Replay(-1));
    }

    [TestMethod]
    public void Odd_texts_of_tokens_do_not_spoil_the_JSON()
    {
        string[] texts = ["", "\"\\", "<&>", "😀", "\ud800", "a\udc00b", "\0\u001b\u2028", "שלום"];
        DenoisingTrace trace = new(0, 7, true, new int[7],
            [.. Enumerable.Range(1, 7).Select(i => new TraceStep(i, [new TraceChange(i - 1, i, i / 7f, TraceChangeKind.Written)]))],
            texts.Select((text, id) => (text, id)).ToDictionary(pair => pair.id, pair => pair.text));
        DenoisingTrace read = DenoisingTrace.FromJson(trace.ToJson());
        for (int id = 0; id < texts.Length; id++)
            Assert.AreEqual(texts[id].Replace('\ud800', id == 3 ? '\ud800' : '\uFFFD').Replace('\udc00', id == 3 ? '\udc00' : '\uFFFD'),
                read.TokenTexts[id]);
        CollectionAssert.AreEqual(trace.Replay(), read.Replay());
    }

    private static DenoisingTrace Trace(DenoisingLoop loop, int mostChanges = 1 << 16)
    {
        TraceRecorder recorder = new(new FakeTokenizer(), mostChanges);
        RaggedTokens rows = new();
        rows.Append([FakeTokenizer.Begin, 40, .. Enumerable.Repeat(Mask, 9), FakeTokenizer.End]);
        loop.Run(rows, observer: recorder);
        return recorder.Traces.Single();
    }

    private static IEnumerable<TraceChange> Changes(DenoisingTrace trace) => trace.Steps.SelectMany(step => step.Changes);

    private static DenoisingLoop Loop(string sampler) => new(
        new FakeDenoiser(FakeTokenizer.Size, Mask), new DenoisingSettings { Steps = 7, Sampler = Sampler.Parse(sampler), Seed = 5 },
        Enumerable.Range(0, FakeTokenizer.FirstCharacter));

    private static RaggedTokens Rows()
    {
        RaggedTokens rows = new();
        rows.Append([FakeTokenizer.Begin, Mask, Mask, Mask, Mask, Mask, FakeTokenizer.End]);
        rows.Append([FakeTokenizer.Begin, 20, 21, Mask, 22, Mask, Mask, FakeTokenizer.End]);
        rows.Append([FakeTokenizer.Begin, 30, FakeTokenizer.End]);
        rows.Append([FakeTokenizer.Begin, .. Enumerable.Repeat(Mask, 17)]);
        return rows;
    }
}
