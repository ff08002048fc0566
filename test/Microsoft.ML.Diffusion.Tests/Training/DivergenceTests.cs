using System.Globalization;
using Microsoft.ML.Diffusion.Training;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A training that stays finite and learns nothing says so, whatever the trainer; one that
/// goes well, or is short, does not.</summary>
[TestClass]
public sealed class DivergenceTests
{
    private static readonly string[] s_trainers = ["class", "number", "labels", "answers", "words", "writing"];

    [TestMethod]
    [DataRow(1.0, 16)]
    [DataRow(3.0, 16)]
    [DataRow(10.0, 16)]
    [DataRow(10.0, 2)]
    public void A_training_that_diverged_and_stayed_finite_is_warned_of(double rate, int batch)
    {
        foreach (string trainer in s_trainers)
        {
            string? warning = Warning(trainer, rate, epochs: 3, batch, out string losses);
            Assert.IsNotNull(warning, $"{trainer}: {losses}");
            StringAssert.Contains(warning,
                string.Create(CultureInfo.InvariantCulture,
                    $"Lower LearningRate, which is {rate}; about {Usual(trainer)} is usual for a model of width 32"));
        }
    }

    /// <summary>The tiny model's fresh head is far off at first, so that short trainings end above chance.</summary>
    [TestMethod]
    public void A_training_at_a_usual_rate_is_not_warned_of_however_short()
    {
        foreach (string trainer in s_trainers)
        {
            foreach (double rate in (double[])[1e-5, Usual(trainer), 10 * Usual(trainer)])
            {
                foreach (double epochs in (double[])[0.05, 0.5, 1, 5])
                {
                    foreach (int batch in (int[])[1, 16])
                        Assert.IsNull(Warning(trainer, rate, epochs, batch, out string losses),
                            $"{trainer} at {rate}, {epochs} epochs of {batch}: {losses}");
                }
            }
        }
    }

    private static double Usual(string trainer) => trainer switch { "words" => 1e-3, "writing" => 3e-4, _ => 5e-4 };

    private static string? Warning(string trainer, double rate, double epochs, int batch, out string losses)
    {
        var mlContext = new MLContext(seed: 1);
        var warnings = new Messages(mlContext, ChannelMessageKind.Warning);
        var rows = new List<TrainingProgress>();
        Fit(mlContext, trainer, rate, epochs, batch, new Observer(rows)).Dispose();
        losses = string.Join(' ', rows.Select(row => row.Loss.ToString("G3", CultureInfo.InvariantCulture)));
        return warnings.SingleOrDefault(warning => warning.Contains("diverged", StringComparison.Ordinal));
    }

    private static IDisposable Fit(MLContext mlContext, string trainer, double rate, double epochs, int batch,
        IProgress<TrainingProgress> progress)
    {
        IDataView texts = mlContext.Data.LoadFromEnumerable(TextRow.Make(48));
        switch (trainer)
        {
            case "class":
                IDataView keys = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Fit(texts)
                    .Transform(texts);
                return mlContext.MulticlassClassification.Trainers.BertTextClassification(
                    options: With(new BertTextClassificationEstimator.Options())).Fit(keys);
            case "number":
                return mlContext.Regression.Trainers.BertSentenceSimilarity(
                    options: With(new BertSentenceSimilarityEstimator.Options { LabelColumnName = nameof(TextRow.Value) })).Fit(texts);
            case "labels":
                return mlContext.MulticlassClassification.Trainers.BertMultiLabelClassification(
                    options: With(new BertMultiLabelClassificationEstimator.Options { LabelColumnName = nameof(TextRow.Flags) }))
                    .Fit(texts);
            case "answers":
                return mlContext.MulticlassClassification.Trainers.BertQuestionAnswering(options: With(QuestionRow.Options()))
                    .Fit(mlContext.Data.LoadFromEnumerable(QuestionRow.Rows(48)));
            case "words":
                IEnumerable<Tagged> tagged = TextRow.Make(48)
                    .Select(row => new Tagged
                        {
                            Sentence = [row.Sentence1!, "sat", row.Category!], Label = ["O", "O", row.Category == "cat" ? "B-X" : "B-Y"]
                        });
                return mlContext.MulticlassClassification.Trainers.BertNamedEntityRecognition(
                    options: With(new BertNamedEntityRecognitionEstimator.Options())).Fit(mlContext.Data.LoadFromEnumerable(tagged));
            default:
                var options = new MaskedDiffusionEstimator.Options
                {
                    Model = TinyModel.Model, LearningRate = rate, Epochs = epochs, BatchTokens = 8 * batch, Seed = 1, Progress = progress,
                    ValidationFraction = 0, Generation = { MaxNewTokens = 6 }
                };
                return mlContext.Transforms.Text.MaskedDiffusion("Story", nameof(TextRow.Sentence1), nameof(TextRow.Sentence2),
                    options).Fit(texts);
        }

        T With<T>(T options) where T : TrainerOptions
        {
            (options.Model, options.LearningRate, options.Epochs, options.BatchSize, options.Seed, options.Progress) =
                (TinyModel.Model, rate, epochs, batch, 1, progress);
            return options;
        }
    }

    private sealed class Observer(List<TrainingProgress> rows) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => rows.Add(value);
    }

    private sealed class Tagged
    {
        public string[] Sentence { get; set; } = [];

        public string[] Label { get; set; } = [];
    }
}
