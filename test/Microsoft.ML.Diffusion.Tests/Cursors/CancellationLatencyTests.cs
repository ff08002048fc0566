using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// How soon after a cancellation work ends, which is printed. Usual runs take a small model and ask only that it ends; with
/// DIFFUSION_ML_SOAK=1 the model is as large as BERT base, and it must end within 200 ms.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class CancellationLatencyTests
{
    private static readonly int s_attempts = Soak.Count(2, 5);
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(200);
    private static string s_directory = "";

    public TestContext TestContext { get; set; } = null!;

    [ClassInitialize]
    public static void Make(TestContext context)
    {
        s_directory = Directory.CreateTempSubdirectory("canceled-model").FullName;
        Tokenizer tokenizer = ByteLevelBpeTrainer.Train(["the cat sat on the mat, and the dog sat on the cat\n"], 290);
        var configuration = new EncoderConfiguration
        {
            VocabularySize = Soak.Count(300, 50_265), HiddenSize = Soak.Count(32, 768), Layers = Soak.Count(2, 12), MaxLength = 512,
                PadToken = tokenizer.PadToken,
            Embeddings = new EmbeddingConfiguration { PositionOffset = tokenizer.PadToken + 1, TokenTypes = 1 },
            Attention = new AttentionConfiguration { Heads = Soak.Count(2, 12) },
            FeedForward = new FeedForwardConfiguration { Width = Soak.Count(64, 3072) },
        };
        using MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Roberta, configuration, CpuEngine.Shared, seed: 5);
        EncoderCheckpoint.Save(model, s_directory);
        tokenizer.Save(s_directory);
    }

    [ClassCleanup]
    public static void Remove() => Directory.Delete(s_directory, recursive: true);

    /// <summary>By <c>CancelExecution</c>, which is asked for on a timer, and by a token.</summary>
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Writing_ends_soon(bool byContext)
    {
        var options = new DiffusionGenerateEstimator.Options
        {
            Model = EncoderModel.FromDirectory(s_directory), MaxNewTokens = 240, Steps = 1_000_000,
                Sampler = Sampler.TopConfidence(), Seed = 1,
        };
        string[] prompts = [.. Enumerable.Range(0, 32).Select(i => $"the {i}")];
        for (int attempt = 0; attempt < s_attempts; attempt++)
        {
            // A context is canceled once; each attempt has its own.
            var canceled = new MLContext(seed: 1);
            using var source = new CancellationTokenSource();
            options.CancellationToken = source.Token;
            IDataView data = canceled.Data.LoadFromEnumerable([new SharingTests.Input { Prompt = "the" }]);
            using DiffusionGenerateTransformer transformer =
                canceled.Transforms.Text.DiffusionGenerate("Story", "Prompt", options).Fit(data);
            Ends(byContext ? () => Cancellation.Request(canceled) : source.Cancel, attempt,
                started => transformer.Generate(prompts, new StepObserver(started)));
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Learning_ends_soon(bool byContext)
    {
        string text = string.Concat(Enumerable.Repeat("the cat sat on the mat ", 100));
        for (int attempt = 0; attempt < s_attempts; attempt++)
        {
            var canceled = new MLContext(seed: 1);
            using var source = new CancellationTokenSource();
            IDataView data = canceled.Data.LoadFromEnumerable(Enumerable.Repeat(new Pair { Prompt = "the", Text = text }, 20).ToArray());
            var options = new MaskedDiffusionEstimator.Options
            {
                Model = EncoderModel.FromDirectory(s_directory), Generation = { MaxNewTokens = 240 }, Epochs = 100_000,
                    ProgressInterval = TimeSpan.Zero, Seed = 1,
                CancellationToken = source.Token,
            };
            Ends(byContext ? () => Cancellation.Request(canceled) : source.Cancel, attempt, started =>
            {
                canceled.Log += (_, e) =>
                {
                    if (e.RawMessage.StartsWith("step 1/", StringComparison.Ordinal))
                        started();
                };
                canceled.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text", options).Fit(data);
            });
        }
    }

    /// <summary>
    /// Batches of 4,096 tokens, the trainers' own: between two primitives of one is more than 200 ms on
    /// two cores; rows, without a model run at all; the windows of long contexts; and validation, where the rows to learn
    /// from are few and those to measure on many.
    /// </summary>
    [TestMethod]
    [DataRow("a large batch", 32, 0, 1000)]
    [DataRow("rows", 1_000_000_000, 0, 100)]
    [DataRow("validation", 1, 1000, 2000)]
    public void Question_answering_ends_soon(string stage, int rows, int validated, int wait)
    {
        string context = string.Concat(Enumerable.Repeat("the cat sat on the mat ", 100));
        var row = new QuestionRow
        {
            Context = context, Question = "the?", TrainingAnswer = "cat", AnswerIndex = context.IndexOf("cat", StringComparison.Ordinal)
        };
        for (int attempt = 0; attempt < Soak.Count(1, s_attempts); attempt++)
        {
            var mlContext = new MLContext(seed: 1);
            using var source = new CancellationTokenSource();
            BertQuestionAnsweringEstimator.Options options = QuestionRow.Options(epochs: 100_000);
            (options.Model, options.CancellationToken, options.BatchSize) = (EncoderModel.FromDirectory(s_directory), source.Token, 0);
            options.ValidationSet = validated > 0 ? mlContext.Data.LoadFromEnumerable(Enumerable.Repeat(row, validated).ToArray()) : null;
            Ends(source.Cancel, attempt, started =>
            {
                mlContext.Log += (_, e) =>
                {
                    if (e.RawMessage.Contains(" parameters; ", StringComparison.Ordinal))
                        started();
                };
                IDataView data = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, rows).Select(i =>
                {
                    if (stage == "rows" && i == 5)
                        started();
                    return row;
                }));
                mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: options).Fit(data);
            }, wait);
        }
    }

    /// <summary>Rows are read, tokenized and scored 256 at a time.</summary>
    [TestMethod]
    public void Scoring_and_reading_a_model_end_soon()
    {
        string text = string.Concat(Enumerable.Repeat("the cat sat on the mat ", 200));
        var mlContext = new MLContext(seed: 1);
        IDataView few = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Scored.Category))
            .Fit(mlContext.Data.LoadFromEnumerable(Scored.Rows("the")))
            .Transform(mlContext.Data.LoadFromEnumerable(Scored.Rows("the")));
        var options = new BertTextClassificationEstimator.Options { Model = EncoderModel.FromDirectory(s_directory), Epochs = 1, Seed = 1 };
        using BertTextClassificationTransformer classifier =
            mlContext.MulticlassClassification.Trainers.BertTextClassification(options: options).Fit(few);
        for (int attempt = 0; attempt < Soak.Count(1, s_attempts); attempt++)
        {
            using var source = new CancellationTokenSource();
            classifier.CancellationToken = source.Token;
            Ends(source.Cancel, attempt, started =>
            {
                IDataView rows = mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 1_000_000).Select(i =>
                {
                    if (i == 5)
                        started();
                    return new Scored { Sentence1 = text };
                }));
                Assert.AreEqual(0, classifier.Transform(rows).GetColumn<float[]>("Score").Count(), "it ends before");
            }, Soak.Count(10, 3000));
            using var loading = new CancellationTokenSource();
            Ends(loading.Cancel, 0, started =>
            {
                var writing = new DiffusionGenerateEstimator.Options
                {
                    Model = EncoderModel.FromDirectory(s_directory), CancellationToken = loading.Token
                };
                DiffusionGenerateEstimator writer = mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(Scored.Sentence1), writing);
                started();
                while (true)
                    writer.Fit(few).Dispose();
            }, Soak.Count(0, 100 * attempt));
        }
    }

    private void Ends(Action cancel, int attempt, Action<Action> work, int wait = 1000)
    {
        using var started = new ManualResetEventSlim();
        var task = Task.Factory.StartNew(() => work(started.Set), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        if (WaitHandle.WaitAny([started.WaitHandle, ((IAsyncResult)task).AsyncWaitHandle]) == 1)
            task.Wait();
        Thread.Sleep(Soak.Count(10, wait) + 70 * attempt); // anywhere in a step
        string? noticed = null;
        long start = Stopwatch.GetTimestamp();
        AppDomain.CurrentDomain.FirstChanceException += Notice;
        cancel();
        AggregateException ended = Assert.Throws<AggregateException>(task.Wait);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        AppDomain.CurrentDomain.FirstChanceException -= Notice;
        Assert.IsInstanceOfType<OperationCanceledException>(ended.InnerException, ended.ToString());
        TestContext.WriteLine($"{took.TotalMilliseconds:F0} ms, {noticed}");
        if (Soak.IsFull)
            Assert.IsLessThan(s_limit, took);

        // What looked at the token, and when: the rest is to free memory.
        void Notice(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs e)
        {
            if (e.Exception is OperationCanceledException)
                noticed ??= $"of them {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} until {Place()}";
        }

        static string Place()
        {
            IEnumerable<System.Reflection.MethodBase> methods = new StackTrace().GetFrames().Select(frame => frame.GetMethod())
                .OfType<System.Reflection.MethodBase>();
            return string.Join(", in ",
                methods.Where(method => method.DeclaringType is { } type && type.Assembly != typeof(CancellationLatencyTests).Assembly
                && type.FullName!.StartsWith("Microsoft.ML.Diffusion.", StringComparison.Ordinal)).Take(3)
                    .Select(method => $"{method.DeclaringType!.Name}.{method.Name}"));
        }
    }

    private sealed class StepObserver(Action started) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            started();
            if (!Soak.IsFull)
                Thread.Sleep(1); // so that a small model is not done before it is canceled
        }
    }

    private sealed class Pair
    {
        public string? Prompt { get; set; }

        public string? Text { get; set; }
    }

    private sealed class Scored
    {
        public string? Sentence1 { get; set; }

        public string? Category { get; set; }

        public static Scored[] Rows(string text) =>
            [.. Enumerable.Range(0, 4).Select(i => new Scored { Sentence1 = text, Category = i % 2 == 0 ? "a" : "b" })];
    }
}
