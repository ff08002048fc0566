using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.Tests.Registration;

/// <summary>What <see cref="FakeTorch"/> stands for, with libtorch itself.</summary>
[TestClass]
[DoNotParallelize] // the registered engines are those of the process
public sealed class LibtorchOnTheCpuTests
{
    private static readonly TorchDevice s_cpu = new(TorchDeviceKind.Cpu, 0);

    [TestCleanup]
    public void Forget() => GpuEngines.Unregister(TorchEngines.Name);

    [TestMethod]
    public void The_library_is_found_loaded_and_tried()
    {
        var runtime = new TorchRuntime();
        Assert.AreEqual(new Version(0, 107), new Version(runtime.ManagedVersion!.Major, runtime.ManagedVersion.Minor));
        new TorchLibrary(runtime).Check(s_cpu);
        Assert.IsTrue(runtime.IsLoaded("LibTorchSharp"));
        Assert.IsTrue(runtime.IsLoaded("torch_cpu"));
        Assert.IsFalse(runtime.IsLoaded("torch_of_nobody"));
        Assert.AreEqual(1, runtime.CountDevices(TorchDeviceKind.Cpu));
        Assert.AreEqual(0, runtime.Multiply(s_cpu));
    }

    [TestMethod]
    public void A_context_writes_on_it_and_its_log_names_it()
    {
        var mlContext = new MLContext(seed: 1) { FallbackToCpu = false };
        List<string> lines = [];
        mlContext.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Info && e.Source.Contains("Engine", StringComparison.Ordinal))
                lines.Add(e.RawMessage);
        };
        mlContext.UseTorchSharp(new TorchSharpOptions { Device = "cpu" });
        string there = Write(mlContext);
        Assert.AreEqual(Write(new MLContext(seed: 1)), there);
        CollectionAssert.AreEqual(new[] { "Computing on TorchSharp 0.107.0, cpu, fp32." }, lines);
        Assert.Contains("There is no device 1 of the kind cpu; this computer has 1.",
            Assert.ThrowsExactly<NotSupportedException>(() => GpuEngines.Open(1)).Message);
    }

    [TestMethod]
    public void Its_own_exception_for_too_large_a_buffer_says_that_memory_is_exhausted()
    {
        using var engine = new TorchSharpEngine(TorchRuntime.ToDevice(s_cpu), Precision.Float32);
        Exception refused = Assert.Throws<Exception>(() => engine.CreateBuffer(1L << 50)); // more than a process can address
        Assert.IsTrue(engine.IsOutOfMemory(refused), refused.ToString());
        using DeviceBuffer next = engine.CreateBuffer(10);
        Assert.AreEqual(10, next.Length);
    }

    private static string Write(MLContext mlContext)
    {
        IDataView data = mlContext.Data.LoadFromEnumerable([new PromptRow()]);
        using DiffusionGenerateTransformer writer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt",
            new DiffusionGenerateEstimator.Options { MaxNewTokens = 12, Steps = 6, Seed = 3 }).Fit(data);
        return writer.Generate(["The ship"])[0].Text;
    }

    private sealed class PromptRow
    {
        public string Prompt { get; set; } = "The";
    }
}
