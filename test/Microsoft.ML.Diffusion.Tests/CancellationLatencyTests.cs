using System.Diagnostics;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// How soon after <c>CancelExecution</c> work ends, which is printed. Usual runs take a small model and ask only that it ends; with
/// DIFFUSION_ML_SOAK=1 the model is as large as BERT base, and it must end within 200 ms.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class CancellationLatencyTests
{
    private const int Attempts = 5;
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(200);
    private static string s_directory = "";

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void Make(TestContext context)
    {
        s_directory = Directory.CreateTempSubdirectory("cancelled-model").FullName;
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the dog sat on the cat\n"], 290);
        var configuration = new EncoderConfiguration
        {
            VocabularySize = Soak.Count(300, 50_265),
            HiddenSize = Soak.Count(32, 768),
            Layers = Soak.Count(2, 12),
            Heads = Soak.Count(2, 12),
            IntermediateSize = Soak.Count(64, 3072),
            MaxLength = 512,
            PositionOffset = tokenizer.PadToken + 1,
            TokenTypes = 1,
            PadToken = tokenizer.PadToken,
        };
        using MaskedLanguageModel model = MaskedLanguageModel.Initialise(EncoderFamily.Roberta, configuration, CpuEngine.Shared, seed: 5);
        EncoderCheckpoint.Save(model, s_directory);
        tokenizer.Save(s_directory);
    }

    [ClassCleanup]
    public static void Remove() => Directory.Delete(s_directory, recursive: true);

    [TestMethod]
    public void Writing_ends_soon()
    {
        var options = new DiffusionGenerateEstimator.Options
        {
            Model = EncoderModel.FromDirectory(s_directory), MaxNewTokens = 240, Steps = 1_000_000, Sampler = Sampler.TopConfidence(), Seed = 1,
        };
        string[] prompts = [.. Enumerable.Range(0, 32).Select(i => $"the {i}")];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            // A context is cancelled once; each attempt has its own.
            var cancelled = new MLContext(seed: 1);
            IDataView data = cancelled.Data.LoadFromEnumerable([new SharingTests.Input { Prompt = "the" }]);
            using DiffusionGenerateTransformer transformer = cancelled.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
            Ends(cancelled, attempt, started => transformer.Generate(prompts, new StepObserver(started)));
        }
    }

    [TestMethod]
    public void Learning_ends_soon()
    {
        string text = string.Concat(Enumerable.Repeat("the cat sat on the mat ", 100));
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var cancelled = new MLContext(seed: 1);
            IDataView data = cancelled.Data.LoadFromEnumerable(Enumerable.Repeat(new Pair { Prompt = "the", Text = text }, 20).ToArray());
            var options = new MaskedDiffusionEstimator.Options
            {
                Model = EncoderModel.FromDirectory(s_directory), MaxNewTokens = 240, Epochs = 100_000, ProgressInterval = 1, Seed = 1,
            };
            Ends(cancelled, attempt, started =>
            {
                cancelled.Log += (_, e) =>
                {
                    if (e.RawMessage.StartsWith("step 1/", StringComparison.Ordinal))
                        started();
                };
                cancelled.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", options).Fit(data);
            });
        }
    }

    private void Ends(MLContext mlContext, int attempt, Action<Action> work)
    {
        using var started = new ManualResetEventSlim();
        var task = Task.Factory.StartNew(() => work(started.Set), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        started.Wait();
        Thread.Sleep(Soak.Count(10, 1000) + 70 * attempt); // anywhere in a step
        long start = Stopwatch.GetTimestamp();
        Cancellation.Request(mlContext);
        AggregateException ended = Assert.Throws<AggregateException>(task.Wait);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        Assert.IsInstanceOfType<OperationCanceledException>(ended.InnerException);
        TestContext.WriteLine($"{took.TotalMilliseconds:F0} ms");
        if (Soak.IsFull)
            Assert.IsLessThan(s_limit, took);
    }

    private sealed class StepObserver(Action started) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            started();
            if (!Soak.IsFull)
                Thread.Sleep(1); // so that a small model is not done before it is cancelled
        }
    }

    private sealed class Pair
    {
        public string? Prompt { get; set; }

        public string? Text { get; set; }
    }
}
