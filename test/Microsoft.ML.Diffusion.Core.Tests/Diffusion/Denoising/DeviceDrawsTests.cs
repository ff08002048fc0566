using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Conformance.Reference;
using Microsoft.ML.Diffusion.Denoising;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;
using Microsoft.ML.Diffusion.Tests.Training;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Drawing where the logits are, against drawing on the host from the same model's logits.</summary>
[TestClass]
public sealed class DeviceDrawsTests
{
    private const int Prompts = 50;

    private static readonly DenoisingSettings s_plain = new() { Steps = 3, Seed = 5, EndOfText = FakeTokenizer.End };

    private static readonly DenoisingSettings[] s_filters =
    [
        s_plain, s_plain with { Temperature = 0 }, s_plain with { Temperature = .7 }, s_plain with { TopK = 5 }, s_plain with { TopP = .9 },
        s_plain with { Temperature = 1.3, TopK = 20, TopP = .8, MinimumLength = 4, BannedTokens = [7, 8, 70] },
        s_plain with { EndOfText = null, TokenBudget = 30 },
    ];

    private static readonly string[] s_prompts = [.. Enumerable.Range(0, Prompts).Select(i => new string((char)('a' + i % 26), i % 5))];

    public static IEnumerable<object[]> Samplers => AllSamplers.Texts
        .Select(sampler => new object[] { sampler.StartsWith("Gibbs", StringComparison.Ordinal) ? "Gibbs(14, 9, 5)" : sampler }); // in time

    /// <summary>50 prompts, each sampler, each filter: the same tokens and calls, and log-probabilities to a float's precision.</summary>
    [TestMethod]
    [DynamicData(nameof(Samplers))]
    public void Texts_are_those_that_are_drawn_on_the_host(string sampler)
    {
        using var models = new Models();
        foreach (DenoisingSettings filter in s_filters)
        {
            DenoisingSettings settings = filter with { Sampler = Sampler.Parse(sampler) };
            var (host, device) = (new CountingDenoiser(models.Denoiser), new CountingDrawer(models.Denoiser));
            Written expected = Write(host, settings), actual = Write(device, settings);
            Assert.AreEqual(0, device.Predicted, "logits were read");
            CollectionAssert.AreEqual(host.Rows, device.Rows, "rows of each call");
            CollectionAssert.AreEqual(expected.Tokens, actual.Tokens, $"{settings}");
            CollectionAssert.AreEqual(expected.Calls, actual.Calls);
            for (int i = 0; i < Prompts; i++)
                Assert.AreEqual(expected.LogProbabilities[i], actual.LogProbabilities[i], 1e-5);
            IEnumerable<string> texts = Enumerable.Range(0, Prompts).Select(i => string.Join(' ', expected.Row(i)));
            Assert.IsGreaterThan(Prompts / 2, texts.Distinct().Count());
        }
    }

    [TestMethod]
    public void An_observer_sees_the_same_steps_and_log_probabilities_only_where_it_asks()
    {
        using var models = new Models();
        foreach (bool needsLogProbabilities in (bool[])[false, true])
        {
            var (host, device) = (new Watcher(needsLogProbabilities), new Watcher(needsLogProbabilities));
            DenoisingSettings settings = s_plain with { Sampler = Sampler.TopConfidence() };
            Run(new CountingDenoiser(models.Denoiser), settings, host);
            Run(models.Denoiser, settings, device);
            CollectionAssert.AreEqual(host.Positions, device.Positions);
            Assert.IsGreaterThan(100, host.Positions.Count);
            for (int i = 0; i < host.LogProbabilities.Count; i++)
                Assert.AreEqual(host.LogProbabilities[i], device.LogProbabilities[i], 1e-5);
            Assert.AreEqual(!needsLogProbabilities, device.LogProbabilities.All(double.IsNaN));
        }

        static void Run(IDenoiser denoiser, DenoisingSettings settings, Watcher watcher) =>
            new DenoisingLoop(denoiser, settings).Run(Rows(), observer: watcher);
    }

    [TestMethod]
    public void What_changes_logits_on_the_host_reads_them()
    {
        using var models = new Models();
        foreach (DenoisingSettings settings in new[] { s_plain with { Guidance = .5 }, s_plain with { RepetitionPenalty = 1.2 } })
        {
            var drawer = new CountingDrawer(models.Denoiser);
            CollectionAssert.AreEqual(Write(new CountingDenoiser(models.Denoiser), settings).Tokens, Write(drawer, settings).Tokens);
            Assert.AreEqual(0, drawer.Rows.Count);
            Assert.IsGreaterThan(0, drawer.Predicted);
        }
        // The same loop draws on the device where a run allows all tokens, and on the host where it does not.
        var counting = new CountingDrawer(models.Denoiser);
        var loop = new DenoisingLoop(counting, s_plain);
        loop.Run(Rows());
        int drawn = counting.Rows.Count;
        Assert.AreEqual((true, 0), (drawn > 0, counting.Predicted));
        bool[] allowed = new bool[models.Denoiser.VocabularySize];
        allowed[50] = allowed[60] = true;
        RaggedTokens rows = Rows();
        loop.Run(rows, allowed: (_, _) => allowed);
        Assert.AreEqual((drawn, true), (counting.Rows.Count, counting.Predicted > 0));
        Assert.IsTrue(rows[0][..^1].ToArray().All(token => token is 50 or 60));
    }

    [TestMethod]
    public void The_managed_engine_draws_on_the_host()
    {
        using Engine engine = CpuEngine.Create(1);
        using MaskedLanguageModel model = TrainerTests.Model("bert", engine);
        using var denoiser = new ModelDenoiser(model, FakeTokenizer.Mask);
        var drawer = new CountingDrawer(denoiser);
        Write(drawer, s_plain);
        Assert.AreEqual(0, drawer.Rows.Count);
        Assert.IsGreaterThan(0, drawer.Predicted);
    }

    [TestMethod]
    public void Damaged_weights_are_said_in_the_same_words()
    {
        using var models = new Models();
        models.Engine.Write(models.Model.Head.DecoderBias!, 50, [float.NaN]);
        string[] messages = [.. new IDenoiser[] { new CountingDenoiser(models.Denoiser), models.Denoiser }
            .Select(denoiser => Assert.ThrowsExactly<InvalidOperationException>(() => Write(denoiser, s_plain)).Message)];
        StringAssert.Contains(messages[0], "NaN or infinite logits for row");
        Assert.AreEqual(messages[0], messages[1]);
    }

    /// <summary>More rows than are computed at a time: the requests of each block go with its rows.</summary>
    [TestMethod]
    public void Blocks_of_rows_are_drawn_as_one()
    {
        using Engine engine = new ReferenceEngine();
        using MaskedLanguageModel model =
            SmallModels.Create("bert", engine, change: c => c with { VocabularySize = 3_000_000, HiddenSize = 2, Layers = 1 });
        using var denoiser = new ModelDenoiser(model, 4);
        var settings = new DenoisingSettings { Steps = 1, Temperature = .5, Sampler = Sampler.TopConfidence() };
        int[][] written = [.. new IDenoiser[] { new CountingDenoiser(denoiser), denoiser }.Select(own =>
        {
            var rows = new RaggedTokens();
            rows.Append([5, 4, 4, 4, 6]);
            new DenoisingLoop(own, settings).Run(rows);
            return rows.Tokens.ToArray();
        })];
        CollectionAssert.AreEqual(written[0], written[1]);
        Assert.IsGreaterThan(3, written[0].Distinct().Count());
    }

    private static Written Write(IDenoiser denoiser, DenoisingSettings settings)
    {
        RaggedTokens rows = Rows();
        var (calls, logProbabilities) = (new int[rows.Count], new double[rows.Count]);
        new DenoisingLoop(denoiser, settings, Enumerable.Range(0, FakeTokenizer.FirstCharacter))
            .Run(rows, calls: calls, logProbabilities: logProbabilities);
        return new Written(rows, calls, logProbabilities);
    }

    private static RaggedTokens Rows()
    {
        var rows = new RaggedTokens();
        var tokens = new TokenList();
        foreach (string prompt in s_prompts)
        {
            tokens.Clear();
            new FakeTokenizer().Encode(prompt, tokens);
            rows.Append([.. tokens.Ids, .. Enumerable.Repeat(FakeTokenizer.Mask, 8), FakeTokenizer.End]);
        }
        return rows;
    }

    private sealed record Written(RaggedTokens Rows, int[] Calls, double[] LogProbabilities)
    {
        public int[] Tokens => Rows.Tokens.ToArray();

        public int[] Row(int index) => Rows[index].ToArray();
    }

    private sealed class Models : IDisposable
    {
        public Models()
        {
            Engine = new ReferenceEngine();
            Model = TrainerTests.Model("bert", Engine);
            // The end is the most likely token of many positions, though it has only some percent of each.
            Engine.Write(Model.Head.DecoderBias!, FakeTokenizer.End, [2.2f]);
            Denoiser = new ModelDenoiser(Model, FakeTokenizer.Mask);
        }

        public Engine Engine { get; }

        public MaskedLanguageModel Model { get; }

        public ModelDenoiser Denoiser { get; }

        public void Dispose()
        {
            Denoiser.Dispose();
            Model.Dispose();
            Engine.Dispose();
        }
    }

    /// <summary>Writes down what is drawn, and how often logits are read.</summary>
    private sealed class CountingDrawer(ModelDenoiser inner) : IDrawingDenoiser
    {
        public int Predicted { get; private set; }

        public List<int> Rows { get; } = [];

        public bool CanDraw => ((IDrawingDenoiser)inner).CanDraw;

        public int VocabularySize => inner.VocabularySize;

        public int MaskToken => inner.MaskToken;

        public void Predict(
            RaggedTokens batch, ReadOnlySpan<int> rows, LogitsConsumer consumer, CancellationToken cancellationToken = default)
        {
            Predicted++;
            inner.Predict(batch, rows, consumer, cancellationToken);
        }

        public void Draw(RaggedTokens batch, ReadOnlySpan<int> rows, in DrawSettings settings, ReadOnlySpan<int> banned,
            ReadOnlySpan<DrawRequest> requests, Span<DrawnToken> drawn, CancellationToken cancellationToken)
        {
            Rows.Add(rows.Length);
            ((IDrawingDenoiser)inner).Draw(batch, rows, settings, banned, requests, drawn, cancellationToken);
        }
    }

    private sealed class Watcher(bool needsLogProbabilities) : IDenoisingObserver
    {
        public List<int> Positions { get; } = [];

        public List<double> LogProbabilities { get; } = [];

        public bool NeedsLogProbabilities => needsLogProbabilities;

        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens) => Positions.AddRange(tokens);

        public void OnWritten(int row, ReadOnlySpan<int> positions, ReadOnlySpan<double> logProbabilities)
        {
            Positions.AddRange(positions);
            LogProbabilities.AddRange(logProbabilities);
        }
    }
}
