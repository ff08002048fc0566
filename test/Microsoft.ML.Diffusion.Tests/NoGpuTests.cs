namespace Microsoft.ML.Diffusion.Tests;

/// <summary>A GPU is requested, and no engine for one is registered.</summary>
[TestClass]
public sealed class NoGpuTests
{
    [TestMethod]
    public void A_GPU_is_refused_or_fallen_back_from()
    {
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = false };
        IDataView data = mlContext.Data.LoadFromEnumerable([new { Prompt = "the cat" }, new { Prompt = "a" }]);
        Exception refused = Assert.Throws<NotSupportedException>(
            () => mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt", DiffusionGenerateTests.Options()));
        StringAssert.Contains(refused.Message, "GpuDeviceId is 0");
        StringAssert.Contains(refused.Message, "FallbackToCpu");
        Assert.Throws<NotSupportedException>(() => mlContext.Transforms.Text.MaskedDiffusion("Story", "Prompt", "Text",
            new MaskedDiffusionEstimator.Options { Model = TinyModel.Model, Generation = { MaxNewTokens = 8 } }));

        var tolerant = new MLContext(seed: 1) { GpuDeviceId = 0, FallbackToCpu = true };
        var warnings = new Messages(tolerant, Runtime.ChannelMessageKind.Warning);
        using DiffusionGenerateTransformer transformer =
            tolerant.Transforms.Text.DiffusionGenerate("Story", "Prompt", DiffusionGenerateTests.Options()).Fit(data);
        Assert.HasCount(1, warnings);
        StringAssert.Contains(warnings[0], "GpuDeviceId is 0");

        // A saved model is bound to no device: the loading context decides.
        using var file = new MemoryStream();
        tolerant.Model.Save(transformer, data.Schema, file);
        Exception atLoad = Assert.Throws<Exception>(() => mlContext.Model.Load(new MemoryStream(file.ToArray()), out _));
        StringAssert.Contains(atLoad.ToString(), "GpuDeviceId is 0");
        using var loaded = (DiffusionGenerateTransformer)tolerant.Model.Load(new MemoryStream(file.ToArray()), out _);
        Assert.HasCount(2, warnings);
        CollectionAssert.AreEqual(transformer.Generate(["a"]).Select(text => text.Text).ToArray(),
            loaded.Generate(["a"]).Select(text => text.Text).ToArray());
    }
}
