using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The code of docs/gpu.md. Where there is no GPU, the fallback computes.</summary>
[TestClass]
[DoNotParallelize] // the registered engines are those of the process
public sealed class TorchSharpExamples
{
    [TestCleanup]
    public void Forget() => GpuEngines.Unregister(TorchEngines.Name);

    [TestMethod]
    public void A_context_writes_on_the_GPU_or_says_why_not()
    {
        // <example: use a GPU>
        var mlContext = new MLContext(seed: 1) { FallbackToCpu = true };
        mlContext.UseTorchSharp();
        // </example>
        using var console = new StringWriter();
        Console.SetOut(console);
        try
        {
            // <example: see the device>
            mlContext.Log += (_, e) =>
            {
                if (e.Source.Contains("Engine") && e.Kind >= ChannelMessageKind.Info)
                    Console.WriteLine(e.RawMessage);
            };
            // </example>
            IDataView data = mlContext.Data.LoadFromEnumerable([new PromptRow()]);
            using DiffusionGenerateTransformer writer = mlContext.Transforms.Text.DiffusionGenerate("Story", "Prompt",
                new DiffusionGenerateEstimator.Options { MaxNewTokens = 8, Steps = 4, Seed = 3 }).Fit(data);
            Assert.AreNotEqual("", writer.Generate(["The ship"])[0].Text);
        }
        finally
        {
            Console.SetOut(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        }
        string line = console.ToString().Trim();
        Assert.IsTrue(
            line.StartsWith("Computing on TorchSharp 0.107", StringComparison.Ordinal) ||
            (line.StartsWith("MLContext.GpuDeviceId is 0, which this program cannot compute on. TorchSharp: ", StringComparison.Ordinal) &&
                line.EndsWith("The CPU is used instead, as MLContext.FallbackToCpu allows.", StringComparison.Ordinal)), line);
    }

    [TestMethod]
    public void A_device_and_a_precision_are_chosen()
    {
        // <example: choose the device>
        var mlContext = new MLContext(seed: 1);
        mlContext.UseTorchSharp(new TorchSharpOptions { Device = "cuda:1", Precision = Precision.BFloat16 });
        // </example>
        Assert.AreEqual(1, mlContext.GpuDeviceId);
    }

    private sealed class PromptRow
    {
        public string Prompt { get; set; } = "The";
    }
}
