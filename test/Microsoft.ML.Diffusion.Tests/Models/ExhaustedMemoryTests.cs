using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Models;
using Microsoft.ML.Diffusion.Tests.ToyGpu;

namespace Microsoft.ML.Diffusion.Tests.Models;

/// <summary>Where a device's memory is not enough, the message says what to do, and the process and the model can be used on.</summary>
[TestClass]
[DoNotParallelize] // each test sets how much memory the device has
public sealed class ExhaustedMemoryTests
{
    /// <summary>One that no other test asks for.</summary>
    private const int Device = 78;

    private static readonly ToyGpuEngine s_engine = new();

    private readonly MLContext _mlContext = new(seed: 1) { GpuDeviceId = Device, FallbackToCpu = false };

    private static string Long => "the cat sat on the mat";

    [ClassInitialize]
    public static void Register(TestContext context) => GpuEngines.Register("small", device => device == Device ? s_engine
        : throw new NotSupportedException($"There is no small device {device}."));

    [ClassCleanup]
    public static void Forget()
    {
        GpuEngines.Unregister("small");
        s_engine.Dispose();
    }

    [TestCleanup]
    public void HaveEnough() => (s_engine.MostElements, s_engine.LongestBuffer) = (long.MaxValue, long.MaxValue);

    [TestMethod]
    public void A_training_that_needs_too_much_says_so_and_one_that_needs_less_follows()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        float[] expected = Scores(Fit(data, batchSize: 2));
        s_engine.MostElements = 60_000;
        InsufficientMemoryException refused = Assert.ThrowsExactly<InsufficientMemoryException>(() => Fit(data, batchSize: 24));
        Assert.AreEqual(
            "The memory of 'toy GPU' is not enough for the Fit of BertTextClassificationEstimator. Lower BatchTokens, which is 512, or " +
            "BatchSize, which is 24 (and raise AccumulationSteps, for the same step), set GradientCheckpointing to true, shorten the texts " +
            "(MaxLength), choose Precision.BFloat16 for the engine, or compute on the CPU (GpuDeviceId null).", refused.Message);
        Assert.IsInstanceOfType<ExternalException>(refused.InnerException);
        CollectionAssert.AreEqual(expected, Scores(Fit(data, batchSize: 2)), "what failed has left something");

        float[] Scores(ITransformer model) => [.. model.Transform(data).GetColumn<float[]>("Score").SelectMany(scores => scores)];
    }

    [TestMethod]
    public void A_writer_trains_on_with_less_too()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(24));
        s_engine.MostElements = 200_000;
        InsufficientMemoryException refused = Assert.ThrowsExactly<InsufficientMemoryException>(() => Fit(512));
        Assert.Contains("the Fit of MaskedDiffusionEstimator. Lower BatchTokens, which is 512 (", refused.Message);
        using DiffusionGenerateTransformer writer = Fit(20);
        Assert.HasCount(1, writer.Generate(["the cat"]));

        DiffusionGenerateTransformer Fit(int batchTokens) => _mlContext.Transforms.Text.MaskedDiffusion(
            "Story", nameof(TextRow.Sentence1), nameof(TextRow.Sentence2),
            new MaskedDiffusionEstimator.Options
            {
                Model = TinyModel.Model, Generation = { MaxNewTokens = 4, Steps = 2 }, Seed = 5, Epochs = 1, BatchTokens = batchTokens,
            }).Fit(data);
    }

    [TestMethod]
    public void A_prediction_engine_goes_on_after_a_text_that_needs_too_much()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(ReadyModels.Sentences);
        using BertTextClassificationTransformer classifier = _mlContext.Transforms.Text.ApplyTextClassification(
            EncoderModel.FromDirectory(ReadyModels.Sentiment)).Fit(data);
        using PredictionEngine<SentenceRow, Scored> engine = _mlContext.Model.CreatePredictionEngine<SentenceRow, Scored>(
            classifier, new PredictionEngineOptions { OwnsTransformer = false });
        var shorter = new SentenceRow { Sentence1 = "I was bored." };
        float[] expected = engine.Predict(shorter).Score;
        s_engine.MostElements = 10_000;
        InsufficientMemoryException refused = Assert.ThrowsExactly<InsufficientMemoryException>(
            () => engine.Predict(new SentenceRow { Sentence1 = string.Concat(Enumerable.Repeat("A wonderful film. ", 20)) }));
        Assert.Contains("'toy GPU' is not enough for what BertTextClassificationTransformer computed. Lower MaxLength", refused.Message);
        Assert.IsInstanceOfType<ExternalException>(refused.InnerException);
        CollectionAssert.AreEqual(expected, engine.Predict(shorter).Score);
    }

    [TestMethod]
    public void A_writer_goes_on_after_prompts_that_need_too_much()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(2));
        using DiffusionGenerateTransformer writer = _mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(TextRow.Sentence1),
            new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 8, Steps = 2, Seed = 3 }).Fit(data);
        string expected = writer.Generate(["the cat"])[0].Text;
        s_engine.MostElements = 30_000;
        InsufficientMemoryException refused = Assert.ThrowsExactly<InsufficientMemoryException>(
            () => writer.Generate([.. Enumerable.Repeat(Long, 30)]));
        Assert.Contains("not enough for what DiffusionGenerateTransformer computed", refused.Message);
        Assert.Contains("MaxNewTokens and Samples", refused.Message);
        Assert.AreEqual(expected, writer.Generate(["the cat"])[0].Text);
    }

    [TestMethod]
    public void A_model_that_does_not_fit_says_so_and_is_loaded_when_it_fits()
    {
        IDataView data = _mlContext.Data.LoadFromEnumerable(TextRow.Make(2));
        DiffusionGenerateEstimator estimator = _mlContext.Transforms.Text.DiffusionGenerate("Story", nameof(TextRow.Sentence1),
            new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 8, Steps = 2, Seed = 3 });
        s_engine.LongestBuffer = 1000;
        Assert.Contains("'toy GPU' is not enough for the model's weights. Use a smaller model",
            Assert.ThrowsExactly<InsufficientMemoryException>(() => estimator.Fit(data)).Message);
        s_engine.LongestBuffer = long.MaxValue;
        using DiffusionGenerateTransformer writer = estimator.Fit(data);
        using var file = new MemoryStream();
        _mlContext.Model.Save(writer, data.Schema, file);
        s_engine.LongestBuffer = 1000;
        Exception refused = Assert.Throws<Exception>(() => _mlContext.Model.Load(new MemoryStream(file.ToArray()), out _));
        Assert.Contains("'toy GPU' is not enough for the model's weights", refused.ToString());
    }

    [TestMethod]
    public void On_the_CPU_no_other_precision_is_advised()
    {
        var options = new MaskedDiffusionEstimator.Options { GradientCheckpointing = true };
        string message = ExhaustedMemory.InTraining(CpuEngine.Shared, "X", options, new InsufficientMemoryException()).Message;
        Assert.EndsWith("for the same step), shorten the texts (MaxLength), or use a computer with more.", message);
        Assert.DoesNotContain(nameof(options.GradientCheckpointing), message);
    }

    private BertTextClassificationTransformer Fit(IDataView data, int batchSize)
    {
        IDataView keyed = _mlContext.Transforms.Conversion.MapValueToKey("Label", nameof(TextRow.Category)).Fit(data).Transform(data);
        return _mlContext.MulticlassClassification.Trainers.BertTextClassification(
            new BertTextClassificationEstimator.Options
            {
                Model = TinyModel.Model, Epochs = 1, Seed = 4, BatchSize = batchSize, BatchTokens = 512,
            }).Fit(keyed);
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
