using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tests.ToyGpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A context's GPU computes: Fit, what is fitted, and what is loaded.</summary>
[TestClass]
public sealed class GpuExamples
{
    /// <summary>One that no other test asks for.</summary>
    private const int Device = 77;

    private static readonly ToyGpuEngine s_engine = new();

    private static int Devices => Device + 1;

    [ClassInitialize]
    public static void Register(TestContext context)
    {
        // <example: an engine for GPUs>
        GpuEngines.Register("toy", device =>
            device < Devices ? OpenEngine(device) : throw new NotSupportedException($"There is no toy device {device}."));
        // </example>
    }

    [ClassCleanup]
    public static void Forget()
    {
        GpuEngines.Unregister("toy");
        s_engine.Dispose();
    }

    [TestMethod]
    public void Training_writing_and_what_is_loaded_use_it_and_come_to_what_the_CPU_comes_to()
    {
        var there = new MLContext(seed: 1) { GpuDeviceId = Device, FallbackToCpu = false };
        var here = new MLContext(seed: 1);
        IDataView texts = there.Data.LoadFromEnumerable(TextRow.Make(20));
        using DiffusionGenerateTransformer expected = Trainer(here).Fit(texts), trained = Trainer(there).Fit(texts);
        (int losses, int updates) = s_engine.Steps;
        Assert.IsGreaterThan(0, losses);
        Assert.IsLessThanOrEqualTo(2 * losses, updates, "at most one call for matrices and one for vectors a step");
        Assert.IsGreaterThan(0, s_engine.Exchanges);
        int executors = s_engine.Executors;
        string[] written = Written(expected);
        CollectionAssert.AreEqual(written, Written(trained));
        Assert.IsGreaterThan(executors, s_engine.Executors);
        Assert.AreEqual(0, trained.Threads);
        trained.Threads = 2;
        Assert.AreEqual(0, trained.Threads);

        using var file = new MemoryStream();
        there.Model.Save(trained, texts.Schema, file);
        executors = s_engine.Executors;
        using var loaded = (DiffusionGenerateTransformer)there.Model.Load(new MemoryStream(file.ToArray()), out _);
        CollectionAssert.AreEqual(written, Written(loaded));
        Assert.IsGreaterThan(executors, s_engine.Executors);
        using var loadedHere = (DiffusionGenerateTransformer)here.Model.Load(new MemoryStream(file.ToArray()), out _);
        Assert.AreEqual(Environment.ProcessorCount, loadedHere.Threads);
        CollectionAssert.AreEqual(written, Written(loadedHere));

        MaskedDiffusionEstimator Trainer(MLContext mlContext) => mlContext.Transforms.Text.MaskedDiffusion(
            "Story", nameof(TextRow.Sentence1), nameof(TextRow.Sentence2),
            new MaskedDiffusionEstimator.Options
            {
                Model = TinyModel.Model, Generation = { MaxNewTokens = 6, Steps = 3 }, Seed = 5, Epochs = 2, LearningRate = 3e-3
            });

        string[] Written(DiffusionGenerateTransformer transformer) => [.. transformer.Generate(["the cat", "a"]).Select(text => text.Text)];
    }

    [TestMethod]
    public void A_fine_tuned_model_uses_it_too()
    {
        EncoderModel model = EncoderModel.FromDirectory(ReadyModels.Sentiment);
        var there = new MLContext(seed: 1) { GpuDeviceId = Device, FallbackToCpu = false };
        IDataView texts = there.Data.LoadFromEnumerable(ReadyModels.Sentences);
        int executors = s_engine.Executors;
        using BertTextClassificationTransformer onGpu = there.Transforms.Text.ApplyTextClassification(model).Fit(texts),
            onCpu = new MLContext().Transforms.Text.ApplyTextClassification(model).Fit(texts);
        float[][] scores = Scores(onGpu), expected = Scores(onCpu);
        Assert.IsGreaterThan(executors, s_engine.Executors);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i][0], scores[i][0], 1e-5f);

        float[][] Scores(ITransformer transformer) => [.. transformer.Transform(texts).GetColumn<float[]>("Score")];
    }

    /// <summary>Other tests ask for other devices, which they are not to get.</summary>
    private static ToyGpuEngine OpenEngine(int device) => device == Device ? s_engine
        : throw new NotSupportedException($"Device {device} is busy.");

    [TestMethod]
    public void Another_device_is_refused_with_what_its_engine_says()
    {
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = Device + 1, FallbackToCpu = false };
        string message = Assert.Throws<NotSupportedException>(() => mlContext.Transforms.Text.DiffusionGenerate(
            "Story", "Prompt", new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 6 })).Message;
        StringAssert.Contains(message, $"GpuDeviceId is {Device + 1}");
        StringAssert.Contains(message, $"toy: There is no toy device {Device + 1}.");
        StringAssert.Contains(message, "FallbackToCpu");
    }
}
