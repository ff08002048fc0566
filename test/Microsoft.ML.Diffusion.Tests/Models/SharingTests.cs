using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Models;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>One loaded model, many users, and when it is freed.</summary>
[TestClass]
public sealed class SharingTests
{
    private static readonly Input[] s_rows =
        [.. Enumerable.Range(0, 25).Select(i => new Input { Prompt = i == 0 ? null : $"the cat {i}" })];
    private readonly MLContext _context = Contexts.Create(seed: 1);
    private readonly IDataView _data;

    public SharingTests() => _data = _context.Data.LoadFromEnumerable(s_rows);

    [TestMethod]
    public void Sixty_four_threads_with_an_engine_each_predict_what_one_does()
    {
        const int threads = 64;
        int predictions = Soak.Count(1_000, 10_000);
        using DiffusionGenerateTransformer fitted = Fit();
        using var file = new MemoryStream();
        _context.Model.Save(fitted, _data.Schema, file);
        using var loaded = (DiffusionGenerateTransformer)Contexts.Create().Model.Load(new MemoryStream(file.ToArray()), out _);
        string[] expected;
        using (PredictionEngine<Input, Output> engine = Engine(loaded))
            expected = [.. s_rows.Select(row => engine.Predict(row).Story!)];

        int wrong = 0, done = 0;
        var started = new Barrier(threads);
        Thread[] all = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            using PredictionEngine<Input, Output> engine = Engine(loaded);
            started.SignalAndWait();
            for (int i = thread; i < predictions; i += threads)
            {
                int row = (i * 7 + thread) % s_rows.Length;
                Interlocked.Increment(ref done);
                if (engine.Predict(s_rows[row]).Story != expected[row])
                    Interlocked.Increment(ref wrong);
            }
        }))];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            thread.Join();
        Assert.AreEqual(predictions, done);
        Assert.AreEqual(0, wrong);
    }

    [TestMethod]
    public void An_engine_disposes_a_transformer_that_it_owns()
    {
        DiffusionGenerateTransformer transformer = Fit();
        using (PredictionEngine<Input, Output> engine = _context.Model.CreatePredictionEngine<Input, Output>(transformer))
            Assert.IsNotNull(engine.Predict(s_rows[1]).Story);
        foreach (Action use in new Action[]
        {
            () => transformer.Generate([""]), () => transformer.Transform(_data), () => ((ITransformer)transformer).Transform(_data),
            () => _context.Model.CreatePredictionEngine<Input, Output>(transformer),
            () => _context.Model.Save(transformer, _data.Schema, Stream.Null),
        })
        {
            var disposed = Assert.Throws<ObjectDisposedException>(use);
            Assert.AreEqual(nameof(DiffusionGenerateTransformer), disposed.ObjectName);
            StringAssert.Contains(disposed.Message, "OwnsTransformer = false");
        }
        transformer.Dispose();
    }

    [TestMethod]
    public void A_chain_disposes_its_transformers()
    {
        TransformerChain<ITransformer> chain = _context.Transforms.CopyColumns("Copy", "Prompt")
            .Append(_context.Transforms.Text.DiffusionGenerate("Story", "Copy", Options()))
            .Append((IEstimator<ITransformer>)_context.Transforms.CopyColumns("Tale", "Story"))
            .Fit(_data);
        IDataView written = chain.Transform(_data);
        Assert.HasCount(s_rows.Length, written.GetColumn<string>("Tale").ToArray());
        chain.Dispose();
        chain.Dispose();
        Assert.Throws<ObjectDisposedException>(() => written.GetColumn<string>("Tale").ToArray());
    }

    [TestMethod]
    public void Transformers_of_one_estimator_share_the_model_and_the_last_frees_it()
    {
        DiffusionGenerateEstimator estimator = _context.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options());
        DiffusionGenerateTransformer first = estimator.Fit(_data), second = estimator.Fit(_data);
        string text = first.Generate(["a"])[0].Text;
        first.Dispose();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Generate(["a"]));
        Assert.AreEqual(text, second.Generate(["a"])[0].Text);
        second.Dispose();
        Assert.Throws<ObjectDisposedException>(() => second.Generate(["a"]));
        using DiffusionGenerateTransformer third = estimator.Fit(_data);
        Assert.AreEqual(text, third.Generate(["a"])[0].Text);
    }

    [TestMethod]
    public void A_model_is_freed_when_the_last_lets_go_and_not_before()
    {
        MaskedLanguageModel model = TinyModel.Model.LoadMaskedLanguageModel(Compute.Cpu.CpuEngine.Shared);
        SharedModel<MaskedLanguageModel>.Hold owner = SharedModel<MaskedLanguageModel>.Share(model);
        Assert.IsTrue(owner.Shared.TryHold(out SharedModel<MaskedLanguageModel>.Hold? writer));
        owner.Dispose();
        owner.Dispose();
        using (var denoiser = new ModelDenoiser(writer.Model, 0))
            Predict(denoiser);
        writer.Dispose();
        Assert.IsFalse(owner.Shared.TryHold(out _));
        using (var denoiser = new ModelDenoiser(model, 0))
            Assert.Throws<ObjectDisposedException>(() => Predict(denoiser));

        static void Predict(ModelDenoiser denoiser)
        {
            var batch = new Compute.RaggedTokens();
            batch.Append([0, 0]);
            denoiser.Predict(batch, [1], (_, _) => { });
        }
    }

    [TestMethod]
    public void Disposing_while_others_write_ends_them_cleanly()
    {
        for (int round = 0; round < 10; round++)
        {
            DiffusionGenerateTransformer transformer = Fit();
            using var writing = new CountdownEvent(4);
            Task[] writers = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
            {
                writing.Signal();
                while (true)
                    transformer.Generate(["the", "a cat"]);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            writing.Wait();
            transformer.Dispose();
            AggregateException ended = Assert.Throws<AggregateException>(() => Task.WaitAll(writers));
            Assert.IsTrue(ended.InnerExceptions.All(exception => exception is ObjectDisposedException), ended.ToString());
        }
    }

    [TestMethod]
    public void An_engine_warns_of_a_cut_prompt_at_once()
    {
        var warnings = new Messages(_context, Runtime.ChannelMessageKind.Warning);
        DiffusionGenerateEstimator.Options options = Options();
        options.PromptTooLong = PromptTooLong.KeepEnd;
        using DiffusionGenerateTransformer transformer = _context.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(_data);
        using PredictionEngine<Input, Output> engine = Engine(transformer);
        for (int i = 0; i < 3; i++)
            engine.Predict(new Input { Prompt = new string('x', 500) });
        Assert.AreEqual(1, warnings.Count(warning => warning.StartsWith("1 of 1 prompts were too long", StringComparison.Ordinal)));
        Assert.HasCount(2, warnings);
    }

    private DiffusionGenerateTransformer Fit() => _context.Transforms.Text.DiffusionGenerate("Story", "Prompt", Options()).Fit(_data);

    private PredictionEngine<Input, Output> Engine(DiffusionGenerateTransformer transformer) =>
        _context.Model.CreatePredictionEngine<Input, Output>(transformer, new PredictionEngineOptions { OwnsTransformer = false });

    private static DiffusionGenerateEstimator.Options Options()
    {
        DiffusionGenerateEstimator.Options options = DiffusionGenerateTests.Options();
        (options.MaxNewTokens, options.Steps) = (4, 1);
        return options;
    }

    internal sealed class Input
    {
        public string? Prompt { get; set; }
    }

    internal sealed class Output
    {
        public string? Story { get; set; }
    }
}
