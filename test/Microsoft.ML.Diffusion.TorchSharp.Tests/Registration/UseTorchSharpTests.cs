using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.Tests.Registration;

[TestClass]
[DoNotParallelize] // the registered engines are those of the process
public sealed class UseTorchSharpTests
{
    [TestCleanup]
    public void Forget()
    {
        GpuEngines.Unregister(TorchEngines.Name);
        GpuEngines.Unregister("reference");
    }

    [TestMethod]
    [DataRow(null, null, 0)]
    [DataRow(null, 3, 3)]
    [DataRow("cuda", null, 0)]
    [DataRow("cuda", 2, 2)]
    [DataRow("cuda:1", null, 1)]
    [DataRow("cuda:1", 1, 1)]
    [DataRow("cpu", null, 0)]
    [DataRow("mps", null, 0)]
    public void The_device_gives_the_context_its_index(string? device, int? set, int expected)
    {
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = set };
        mlContext.UseTorchSharp(new TorchSharpOptions { Device = device });
        Assert.AreEqual(expected, mlContext.GpuDeviceId);
    }

    [TestMethod]
    [DataRow("gpu")]
    [DataRow("cuda:")]
    [DataRow("cuda:-1")]
    [DataRow("cuda: 1")]
    [DataRow("cuda:x")]
    [DataRow("CUDA")]
    [DataRow("")]
    public void Another_name_is_refused_at_once(string device)
    {
        var mlContext = new MLContext(seed: 1);
        string message = Assert.ThrowsExactly<ArgumentException>(
            () => mlContext.UseTorchSharp(new TorchSharpOptions { Device = device })).Message;
        Assert.Contains($"Device is '{device}'; expected \"cuda\"", message);
        Assert.IsNull(mlContext.GpuDeviceId);
    }

    [TestMethod]
    public void Other_options_out_of_range_are_refused_at_once()
    {
        var mlContext = new MLContext(seed: 1) { GpuDeviceId = 0 };
        string message = Assert.ThrowsExactly<ArgumentException>(
            () => mlContext.UseTorchSharp(new TorchSharpOptions { Device = "cuda:1" })).Message;
        Assert.Contains("Device is 'cuda:1', and MLContext.GpuDeviceId is 0.", message);
        message = Assert.ThrowsExactly<ArgumentException>(
            () => mlContext.UseTorchSharp(new TorchSharpOptions { Precision = (Precision)9 })).Message;
        Assert.Contains("Precision is 9; expected one of Float32, TensorFloat32, BFloat16.", message);
        Assert.ThrowsExactly<ArgumentNullException>(() => mlContext.UseTorchSharp(null!));
        Assert.ThrowsExactly<ArgumentNullException>(() => ((MLContext)null!).UseTorchSharp());
    }

    [TestMethod]
    public void Equal_options_find_the_engine_that_is_open_and_others_open_another()
    {
        List<(TorchDevice Device, Precision Precision)> made = [];
        using CpuEngine first = CpuEngine.Create(1), second = CpuEngine.Create(1);
        var engines = new TorchEngines(new TorchLibrary(new FakeTorch()), (device, precision) =>
        {
            made.Add((device, precision));
            return made.Count == 1 ? first : second;
        });
        engines.Register(TorchDeviceKind.Cuda, Precision.Float32);
        Assert.AreSame(first, GpuEngines.Open(1));
        engines.Register(TorchDeviceKind.Cuda, Precision.Float32);
        Assert.AreSame(first, GpuEngines.Open(1));
        engines.Register(TorchDeviceKind.Cuda, Precision.BFloat16);
        Assert.AreSame(second, GpuEngines.Open(1));
        engines.Register(TorchDeviceKind.Cuda, Precision.Float32);
        Assert.AreSame(first, GpuEngines.Open(1));
        var device = new TorchDevice(TorchDeviceKind.Cuda, 1);
        CollectionAssert.AreEqual(new[] { (device, Precision.Float32), (device, Precision.BFloat16) }, made);
        Assert.Contains("TorchSharp: There is no device 2 of the kind cuda; this computer has 2.",
            Assert.ThrowsExactly<NotSupportedException>(() => GpuEngines.Open(2)).Message);
    }

    [TestMethod]
    public void A_device_that_is_absent_is_an_error_of_the_estimator_or_a_warning()
    {
        new TorchEngines(new TorchLibrary(new FakeTorch { Devices = 1 }), (_, _) => throw new InvalidOperationException("not made"))
            .Register(TorchDeviceKind.Cuda, Precision.Float32);
        var strict = new MLContext(seed: 1) { GpuDeviceId = 4, FallbackToCpu = false };
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(
            () => strict.Transforms.Text.DiffusionGenerate("Story", "Prompt"));
        Assert.Contains("MLContext.GpuDeviceId is 4", refused.Message);
        Assert.Contains("TorchSharp: There is no device 4 of the kind cuda; this computer has 1.", refused.Message);

        var lenient = new MLContext(seed: 1) { GpuDeviceId = 4, FallbackToCpu = true };
        List<string> warnings = [];
        lenient.Log += (_, e) =>
        {
            if (e.Kind == Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.Message);
        };
        IDataView data = lenient.Data.LoadFromEnumerable([new PromptRow()]);
        using DiffusionGenerateTransformer writer = lenient.Transforms.Text.DiffusionGenerate("Story", "Prompt").Fit(data);
        Assert.HasCount(1, warnings);
        Assert.Contains("There is no device 4 of the kind cuda", warnings[0]);
    }

    [TestMethod]
    public void The_assembly_names_its_registration()
    {
        GpuEngineAssembly.Register(typeof(TorchSharpExtensions).Assembly);
        Assert.IsTrue(GpuEngines.Unregister("TorchSharp"));
    }

    private sealed class PromptRow
    {
        public string Prompt { get; set; } = "The";
    }
}
