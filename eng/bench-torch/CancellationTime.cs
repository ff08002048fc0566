using System.Diagnostics;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>How soon after a cancellation a training and the writing of texts end, with a model of BERT base's size.</summary>
internal static class CancellationTime
{
    /// <summary>Cancels some times, each at another moment of a step, and writes the times.</summary>
    public static int Measure(MLContext context, int attempts)
    {
        string directory = Directory.CreateTempSubdirectory("canceled-model").FullName;
        try
        {
            var configuration = new EncoderConfiguration
            {
                VocabularySize = 30_522, HiddenSize = 768, Layers = 12, MaxLength = 512,
                Embeddings = new EmbeddingConfiguration { TokenTypes = 2 },
                Attention = new AttentionConfiguration { Heads = 12 },
                FeedForward = new FeedForwardConfiguration { Width = 3072 },
            };
            using (MaskedLanguageModel model = MaskedLanguageModel.Initialize(EncoderFamily.Bert, configuration, CpuEngine.Shared, seed: 1))
                EncoderCheckpoint.Save(model, EncoderModel.Default.Tokenizer, directory);
            var encoder = EncoderModel.FromDirectory(directory);
            double[] training = [.. Enumerable.Range(0, attempts).Select(i => Train(context, encoder, i))];
            double[] writing = [.. Enumerable.Range(0, attempts).Select(i => Write(context, encoder, i))];
            JsonLine.Write("cancel", ("work", "training"), ("ms_max", training.Max()), ("ms_mean", training.Average()));
            JsonLine.Write("cancel", ("work", "writing"), ("ms_max", writing.Max()), ("ms_mean", writing.Average()));
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Train(MLContext context, EncoderModel encoder, int attempt)
    {
        var source = new CancellationTokenSource();
        var words = new MadeTexts(EncoderModel.Default.Tokenizer);
        Row[] rows = [.. Enumerable.Range(0, 200).Select(_ => new Row { Prompt = "", Text = string.Join(' ', words.Context()) })];
        return Time(source, attempt, started => context.Transforms.Text.MaskedDiffusion("Story", nameof(Row.Prompt), nameof(Row.Text),
            new MaskedDiffusionEstimator.Options
            {
                Model = encoder, Epochs = 100, BatchTokens = 2048, ValidationFraction = 0, Seed = 1, CancellationToken = source.Token,
                Progress = new Observer(started),
            }).Fit(context.Data.LoadFromEnumerable(rows)));
    }

    private static double Write(MLContext context, EncoderModel encoder, int attempt)
    {
        var source = new CancellationTokenSource();
        using DiffusionGenerateTransformer writer = context.Transforms.Text.DiffusionGenerate("Story", nameof(Row.Prompt),
            new DiffusionGenerateEstimator.Options { Model = encoder, MaxNewTokens = 240, Steps = 1_000, Seed = 1 })
            .Fit(context.Data.LoadFromEnumerable(Array.Empty<Row>()));
        string[] prompts = [.. Enumerable.Range(0, 8).Select(i => $"the {i}")];
        return Time(source, attempt, started => writer.Generate(prompts, new StepObserver(started), source.Token));
    }

    /// <summary>Milliseconds from the cancellation to the end.</summary>
    private static double Time(CancellationTokenSource source, int attempt, Action<Action> work)
    {
        using var started = new ManualResetEventSlim();
        var task = Task.Factory.StartNew(() => work(started.Set), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        while (!started.Wait(100))
        {
            if (task.IsCompleted)
                task.Wait();
        }
        Thread.Sleep(137 * attempt % 1_000); // anywhere in a step
        long start = Stopwatch.GetTimestamp();
        source.Cancel();
        try
        {
            task.Wait();
            throw new InvalidOperationException("The work ended by itself before it was canceled.");
        }
        catch (AggregateException exception) when (exception.InnerException is OperationCanceledException)
        {
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    private sealed class Observer(Action started) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => started();
    }

    private sealed class StepObserver(Action started) : IDenoisingObserver
    {
        public void OnStep(int row, int completedSteps, int totalSteps, ReadOnlySpan<int> tokens)
        {
            if (completedSteps > 0)
                started();
        }
    }

    private sealed class Row
    {
        public string Prompt { get; set; } = "";

        public string Text { get; set; } = "";
    }
}
