using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Training;
using TorchSharp;

namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>Counts torch's tensors while a classifier of the embedded model is trained and used.</summary>
internal static class MemoryGrowth
{
    /// <summary>Trains for some steps.</summary>
    /// <param name="context">The context, whose engine is torch's.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="observe">Called after each step with its number and the live tensors.</param>
    /// <param name="cancellationToken">Cancels the training.</param>
    public static BertTextClassificationTransformer Train(MLContext context, int steps, Action<int, long> observe,
        CancellationToken cancellationToken = default)
    {
        Text[] texts = Texts(64);
        IDataView keys = context.Transforms.Conversion.MapValueToKey("Label", nameof(Text.Category))
            .Fit(context.Data.LoadFromEnumerable(texts)).Transform(context.Data.LoadFromEnumerable(texts));
        return context.MulticlassClassification.Trainers.BertTextClassification(options: new BertTextClassificationEstimator.Options
        {
            Epochs = steps / 8.0, BatchSize = 8, EmaDecay = 0, Seed = 1,
            Progress = new Observer(observe), ProgressInterval = TimeSpan.Zero, CancellationToken = cancellationToken,
        }).Fit(keys);
    }

    /// <summary>Predicts texts one by one.</summary>
    /// <param name="context">The context.</param>
    /// <param name="model">The model, which stays the caller's.</param>
    /// <param name="count">The number of predictions.</param>
    /// <param name="observe">Called after each with its number and the live tensors.</param>
    public static void Predict(MLContext context, ITransformer model, int count, Action<int, long> observe)
    {
        Text[] texts = Texts(64);
        using PredictionEngine<Text, Prediction> engine =
            context.Model.CreatePredictionEngine<Text, Prediction>(model, new PredictionEngineOptions { OwnsTransformer = false });
        for (int i = 0; i < count; i++)
        {
            _ = engine.Predict(texts[i % texts.Length]);
            observe(i + 1, torch.Tensor.TotalCount);
        }
    }

    /// <summary>Texts of two classes.</summary>
    public static Text[] Texts(int count)
    {
        var words = new MadeTexts(EncoderModel.Default.Tokenizer);
        return [.. Enumerable.Range(0, count).Select(i => new Text
        {
            Sentence1 = string.Join(' ', words.Review()), Category = i % 2 == 0 ? "one" : "other",
        })];
    }

    private sealed class Observer(Action<int, long> observe) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => observe((int)value.Step, torch.Tensor.TotalCount);
    }

    /// <summary>A text and its class.</summary>
    public sealed class Text
    {
        public string Sentence1 { get; set; } = "";

        public string Category { get; set; } = "";
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];
    }
}
