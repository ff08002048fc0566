using Microsoft.ML.Data;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Tests.ToyGpu;

namespace Microsoft.ML.Diffusion.Tests.Models;

/// <summary>A model with 8-bit integers, on an engine that has none: an error before anything is read, or the CPU with a warning.</summary>
[TestClass]
public sealed class QuantizedOnGpuTests
{
    /// <summary>One that no other test asks for.</summary>
    private const int Device = 79;

    private static readonly ToyGpuEngine s_engine = new();

    private readonly MLContext _strict = new(seed: 1) { GpuDeviceId = Device, FallbackToCpu = false };
    private readonly MLContext _lenient = new(seed: 1) { GpuDeviceId = Device, FallbackToCpu = true };
    private readonly MLContext _onCpu = new(seed: 1);

    [ClassInitialize]
    public static void Register(TestContext context) => GpuEngines.Register("of floats", device => device == Device ? s_engine
        : throw new NotSupportedException($"There is no device {device} of floats."));

    [ClassCleanup]
    public static void Forget()
    {
        GpuEngines.Unregister("of floats");
        s_engine.Dispose();
    }

    [TestMethod]
    public void It_is_refused_when_the_estimator_is_made()
    {
        foreach (Action make in (Action[])[() => Writer(_strict), () => Trainer(_strict), () => Filler(_strict), () => Classifier(_strict)])
        {
            string message = Assert.ThrowsExactly<NotSupportedException>(make).Message;
            Assert.Contains("The model computes with 8-bit integers, and 'toy GPU' has none", message);
            Assert.Contains("without Quantized()", message);
            Assert.Contains("MLContext.FallbackToCpu to true", message);
        }
    }

    [TestMethod]
    public void With_the_fallback_the_CPU_computes_it_with_a_warning()
    {
        var warnings = new Messages(_lenient, Runtime.ChannelMessageKind.Warning);
        IDataView data = _lenient.Data.LoadFromEnumerable(TextRow.Make(2));
        using DiffusionGenerateTransformer there = Writer(_lenient).Fit(data), here = Writer(_onCpu).Fit(data);
        Assert.HasCount(1, warnings);
        Assert.Contains("8-bit integers", warnings[0]);
        Assert.Contains("The CPU is used instead", warnings[0]);
        Assert.AreEqual(here.Generate(["the cat"])[0].Text, there.Generate(["the cat"])[0].Text);
    }

    [TestMethod]
    public void A_saved_one_is_refused_or_loaded_on_the_CPU()
    {
        IDataView data = _onCpu.Data.LoadFromEnumerable(TextRow.Make(2));
        using DiffusionGenerateTransformer here = Writer(_onCpu).Fit(data);
        using var file = new MemoryStream();
        _onCpu.Model.Save(here, data.Schema, file);
        Exception refused = Assert.Throws<Exception>(() => _strict.Model.Load(new MemoryStream(file.ToArray()), out _));
        Assert.Contains("The model computes with 8-bit integers, and 'toy GPU' has none", refused.ToString());
        var warnings = new Messages(_lenient, Runtime.ChannelMessageKind.Warning);
        using var loaded = (DiffusionGenerateTransformer)_lenient.Model.Load(new MemoryStream(file.ToArray()), out _);
        Assert.HasCount(1, warnings);
        Assert.AreEqual(here.Generate(["the cat"])[0].Text, loaded.Generate(["the cat"])[0].Text);
        loaded.Threads = 1;
        Assert.AreEqual(1, loaded.Threads, "it stays on the CPU");
    }

    [TestMethod]
    public void The_log_names_the_engine()
    {
        var lines = new Messages(_strict, Runtime.ChannelMessageKind.Info);
        IDataView data = _strict.Data.LoadFromEnumerable(TextRow.Make(2));
        using DiffusionGenerateTransformer writer = _strict.Transforms.Text.DiffusionGenerate("Story", nameof(TextRow.Sentence1),
            new DiffusionGenerateEstimator.Options { Model = TinyModel.Model, MaxNewTokens = 4, Steps = 2 }).Fit(data);
        CollectionAssert.Contains(lines.ToArray(), "Computing on toy GPU.");
    }

    private static DiffusionGenerateEstimator Writer(MLContext mlContext) => mlContext.Transforms.Text.DiffusionGenerate(
        "Story", nameof(TextRow.Sentence1),
        new DiffusionGenerateEstimator.Options { Model = TinyModel.Model.Quantized(), MaxNewTokens = 4, Steps = 2, Seed = 3 });

    private static MaskedDiffusionEstimator Trainer(MLContext mlContext) => mlContext.Transforms.Text.MaskedDiffusion(
        "Story", nameof(TextRow.Sentence1), nameof(TextRow.Sentence2),
        new MaskedDiffusionEstimator.Options { Model = TinyModel.Model.Quantized(), Generation = { MaxNewTokens = 4 } });

    private static FillMaskEstimator Filler(MLContext mlContext) => mlContext.Transforms.Text.FillMask(
        "Candidates", "Text", new FillMaskEstimator.Options { Model = TinyModel.Model.Quantized() });

    private static TextClassificationScoringEstimator Classifier(MLContext mlContext) =>
        mlContext.Transforms.Text.ApplyTextClassification(EncoderModel.FromDirectory(ReadyModels.Sentiment).Quantized());
}
