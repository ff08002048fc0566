using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Checkpoints;

namespace DocumentationExamples;

/// <summary>The C# blocks of docs/text-classification.md and docs/coming-from-torchsharp.md.</summary>
[TestClass]
public sealed class ClassificationExamplesRun
{
    [TestMethod]
    public void Classify()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = Data(mlContext);
        // <example: classify>
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(mlContext.MulticlassClassification.Trainers.BertTextClassification(
                new BertTextClassificationEstimator.Options
                {
                    LabelColumnName = "Label",
                    Sentence1ColumnName = "Sentence1",
                    Model = EncoderModel.Default,   // or EncoderModel.FromDirectory("…")
                    Epochs = 10, BatchSize = 16, // for some hundred rows; leave both out for thousands
                }))
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedCategory", "PredictedLabel"));
        ITransformer model = pipeline.Fit(data);
        MulticlassClassificationMetrics metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(data));
        // </example>
        Assert.IsGreaterThan(0.9, metrics.MicroAccuracy);
        ((IDisposable)model).Dispose();
    }

    [TestMethod]
    public void Coming_from_TorchSharp()
    {
        var mlContext = new MLContext(seed: 1);
        IDataView data = mlContext.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(Data(mlContext)).Transform(Data(mlContext));
        string directory = Directory.CreateTempSubdirectory("torchsharp").FullName;
        try
        {
            foreach (string name in EncoderModel.Default.Files.Names)
            {
                using ModelFile file = EncoderModel.Default.Files.Open(name);
                File.WriteAllBytes(Path.Combine(directory, name), file.ReadAllBytes(1 << 30));
            }
            // <example: torchsharp>
            // before: mlContext.MulticlassClassification.Trainers.TextClassification(labelColumnName:
            // "Label", sentence1ColumnName: "Sentence1")
            var trainer = mlContext.MulticlassClassification.Trainers.BertTextClassification(labelColumnName: "Label",
                sentence1ColumnName: "Sentence1");
            // with a model of your own:
            var ofRoberta = mlContext.MulticlassClassification.Trainers.BertTextClassification(
                new BertTextClassificationEstimator.Options { Model = EncoderModel.FromDirectory(directory), Epochs = 3 });
            // </example>
            using BertTextClassificationTransformer model = trainer.Fit(data);
            Assert.HasCount(40, model.Transform(data).GetColumn<uint>("PredictedLabel").ToArray());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static IDataView Data(MLContext mlContext) => mlContext.Data.LoadFromEnumerable(
        Enumerable.Range(0, 40)
            .Select(i => new Labeled
                {
                    Category = i % 2 == 0 ? "sea" : "land",
                    Sentence1 = i % 2 == 0 ? "The ship sailed on the sea." : "The horse ran along the road."
                }));
}

internal sealed class Labeled
{
    public string Category { get; set; } = "";

    public string Sentence1 { get; set; } = "";
}
