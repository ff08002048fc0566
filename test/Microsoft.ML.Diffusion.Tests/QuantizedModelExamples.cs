using Microsoft.ML.Data;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Models whose linear layers are rounded to 8-bit integers: they differ from floats a little, and come
/// back from a .zip bit for bit.</summary>
[TestClass]
public sealed class QuantizedModelExamples
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void A_classifier_is_trained_in_floats_scored_in_integers_and_saved_so()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        using var floats = Fit(TinyModel.Model, data);
        using var integers = Fit(TinyModel.Model.Quantized(), data);
        float[] exact = Scores(floats, data), rounded = Scores(integers, data);
        double difference = exact.Zip(rounded, (a, b) => Math.Abs(a - b)).Max();
        Assert.IsGreaterThan(0, difference);
        Assert.IsLessThan(.1, difference);

        CollectionAssert.AreEqual(rounded, Scores(SavedAndLoaded(integers, data), data));
    }

    [TestMethod]
    public void A_generator_and_a_trained_one_write_the_same_from_a_zip()
    {
        IDataView data =
            _mlContext.Data.LoadFromEnumerable([new Row { Prompt = "the cat", Text = "the cat sat" },
                new Row { Prompt = "the dog", Text = "the dog sat on the mat" }]);
        using DiffusionGenerateTransformer writer = _mlContext.Transforms.Text.DiffusionGenerate(
            "Story", "Prompt", new() { Model = TinyModel.Model.Quantized(), MaxNewTokens = 8, Steps = 8, Seed = 3 }).Fit(data);
        using DiffusionGenerateTransformer trained = _mlContext.Transforms.Text.MaskedDiffusion(
            "Story", options: new()
            {
                Model = TinyModel.Model.Quantized(), Generation = { MaxNewTokens = 8, Steps = 8 }, Seed = 3, Epochs = 2
            }).Fit(data);
        foreach (DiffusionGenerateTransformer transformer in (DiffusionGenerateTransformer[])[writer, trained])
            CollectionAssert.AreEqual(Stories(transformer, data), Stories(SavedAndLoaded(transformer, data), data));
    }

    [TestMethod]
    public void Its_description_says_so()
    {
        // <example: quantized>
        var options = new DiffusionGenerateEstimator.Options { Model = EncoderModel.Default.Quantized(), MaxNewTokens = 16, Steps = 16 };
        // </example>
        Assert.IsFalse(EncoderModel.Default.IsQuantized);
        Assert.IsTrue(options.Model.IsQuantized);
        Assert.AreEqual($"{EncoderModel.Default}, 8-bit", EncoderModel.Default.Quantized().ToString());
    }

    private TransformerChain<BertTextClassificationTransformer> Fit(EncoderModel model, IDataView data) =>
        _mlContext.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(_mlContext.MulticlassClassification.Trainers.BertTextClassification(
                options: new() { Model = model, Epochs = 12, LearningRate = 5e-3, BatchTokens = 128, Seed = 1 }))
            .Fit(data);

    private ITransformer SavedAndLoaded(ITransformer model, IDataView data)
    {
        using var zip = new MemoryStream();
        _mlContext.Model.Save(model, data.Schema, zip);
        zip.Position = 0;
        return new MLContext(seed: 9).Model.Load(zip, out _);
    }

    private static float[] Scores(ITransformer model, IDataView data) =>
        [.. model.Transform(data).GetColumn<VBuffer<float>>("Score").SelectMany(scores => scores.DenseValues())];

    private static string[] Stories(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<string>("Story")];

    private sealed class Row
    {
        public string Prompt { get; set; } = "";

        public string Text { get; set; } = "";
    }
}
