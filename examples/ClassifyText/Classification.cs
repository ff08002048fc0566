using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Runtime;

namespace ClassifyText;

/// <summary>The pipeline: categories to keys, a fine-tuned encoder, keys back to categories.</summary>
internal static class Classification
{
    public static void Run(Question[] questions, EncoderModel model, double epochs, int seed)
    {
        // The last tenth is held out for measuring.
        int held = questions.Length / 10;
        var mlContext = new MLContext(seed);
        mlContext.Log += (_, e) =>
        {
            if (e.Kind is ChannelMessageKind.Info or ChannelMessageKind.Warning)
                Console.WriteLine($"  {e.RawMessage}");
        };
        IDataView learned = mlContext.Data.LoadFromEnumerable(questions[..^held]);
        IDataView measured = mlContext.Data.LoadFromEnumerable(questions[^held..]);

        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(Question.Category))
            .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(options: new BertTextClassificationEstimator.Options
            {
                Model = model,
                Epochs = epochs,
                DropoutRate = 0.1,
            }))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue(nameof(Answer.PredictedCategory), "PredictedLabel"));
        Console.WriteLine($"{questions.Length - held} questions to learn from, {held} to measure on");
        var fitted = pipeline.Fit(learned);

        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(fitted.Transform(measured));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"accuracy {metrics.MicroAccuracy:F3}, of classes alike {metrics.MacroAccuracy:F3}, log-loss {metrics.LogLoss:F3}"));

        // A saved model is complete: it needs neither the checkpoint nor the training data.
        string path = Path.Combine(Path.GetTempPath(), $"ClassifyText-{Guid.NewGuid():N}.zip");
        try
        {
            mlContext.Model.Save(fitted, learned.Schema, path);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"saved in {new FileInfo(path).Length / 1e6:F1} MB and loaded again; it says:"));
            var other = new MLContext();
            ITransformer loaded = other.Model.Load(path, out _);
            using PredictionEngine<Question, Answer> engine = other.Model.CreatePredictionEngine<Question, Answer>(loaded);
            foreach (string text in (string[])["Who wrote the song of the river ?", "Where did the ship go ?",
                "How many letters are in the garden ?", "Why was the bank closed ?"])
            {
                Answer answer = engine.Predict(new Question { Sentence1 = text });
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {text}  {answer.PredictedCategory} ({answer.Score.Max():F2})"));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
