using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A pipeline with components of this project and of Microsoft.ML.OnnxTransformer.</summary>
[TestClass]
public sealed class OnnxTransformerTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Scores_go_on_into_an_ONNX_model()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(Review.Make());
        ITransformer classifier = Classifier().Fit(data);
        IDataView scored =
            _mlContext.Data.Cache(classifier.Append(_mlContext.Transforms.SelectColumns("Score").Fit(classifier.Transform(data)))
                .Transform(data));
        ITransformer normalizer = _mlContext.Transforms.NormalizeMinMax("Scaled", "Score").Fit(scored);
        string path = Path.Combine(Directory.CreateTempSubdirectory("onnx").FullName, "normalizer.onnx");
        using (FileStream stream = File.Create(path))
            _mlContext.Model.ConvertToOnnx(normalizer, scored, stream);

        ITransformer both = Classifier().Append(_mlContext.Transforms.ApplyOnnxModel(["Scaled.output"], ["Score"], path)).Fit(data);
        string zip = Path.ChangeExtension(path, ".zip");
        _mlContext.Model.Save(both, data.Schema, zip);
        ITransformer loaded = new MLContext().Model.Load(zip, out _);

        float[] expected = Column(normalizer.Transform(classifier.Transform(data)), "Scaled");
        float[] actual = Column(both.Transform(data), "Scaled");
        CollectionAssert.AreEqual(actual, Column(loaded.Transform(data), "Scaled"));
        Assert.HasCount(24, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-6f);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private EstimatorChain<ITransformer> Classifier() => new EstimatorChain<ITransformer>()
        .Append(_mlContext.Transforms.Conversion.MapValueToKey("Label", "Category"))
        .Append((IEstimator<ITransformer>)_mlContext.MulticlassClassification.Trainers.BertTextClassification(
            new BertTextClassificationEstimator.Options { Model = ScoringModel.Model, Sentence1ColumnName = "Text", Epochs = 1, Seed = 1 }));

    private static float[] Column(IDataView data, string name) =>
        [.. data.GetColumn<VBuffer<float>>(name).SelectMany(value => value.DenseValues())];

    private sealed class Review
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";

        public static Review[] Make() =>
            [.. Enumerable.Range(0, 12)
                .Select(i => new Review { Text = i % 2 == 0 ? "a good day" : "a bad night", Category = i % 2 == 0 ? "good" : "bad" })];
    }
}
