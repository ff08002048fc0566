using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Encoders;
using Microsoft.ML.Diffusion.Training;

namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>
/// How far two engines come apart in the same training: the embedded model on made texts, with dropout, whose draws are the same on every
/// engine.
/// </summary>
internal static class TrainingDrift
{
    /// <summary>The loss of each step.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="batchTokens">The most tokens of a step.</param>
    /// <param name="dropout">The dropout rate.</param>
    public static double[] Losses(Engine engine, int steps, int batchTokens, double dropout = .1)
    {
        using MaskedLanguageModel model = EncoderModel.Default.LoadForTraining(engine, dropout);
        model.PrepareForTraining();
        var words = new MadeTexts(EncoderModel.Default.Tokenizer);
        var texts = new MaskedTexts(EncoderModel.Default.Tokenizer, maxLength: 64);
        for (int i = 0; i < 60; i++)
            texts.Add("", " " + string.Join(' ', words.Review()));
        var task = new MaskedDiffusionTask(model, EncoderModel.Default.Tokenizer, texts, new MaskingOptions { MinTime = .05, Seed = 3 });
        var options = new TrainingOptions
        {
            Epochs = 1e-3, MinSteps = steps, BatchTokens = batchTokens, LearningRate = 5e-4, Decay = RateDecay.Constant, Seed = 4,
            ReportInterval = 1,
        };
        return [.. Trainer.Run(engine, task, options).Rows.Select(row => row.Loss)];
    }

    /// <summary>max |a − b| / |b| over the first steps.</summary>
    public static double Difference(double[] a, double[] b, int steps) =>
        a.Zip(b).Take(steps).Max(pair => Math.Abs(pair.First - pair.Second) / Math.Abs(pair.Second));
}
