using Microsoft.ML.Diffusion.BenchTorch;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>A sample of <c>bench-torch drift</c>.</summary>
[TestClass]
public sealed class TrainingDriftTests
{
    private const int Steps = 20, BatchTokens = 64;

    [TestMethod]
    public void Twenty_steps_with_dropout_have_the_losses_of_the_CPU_engine()
    {
        using Engine torch = TestEngine.Create();
        double[] expected = TrainingDrift.Losses(CpuEngine.Shared, Steps, BatchTokens),
            losses = TrainingDrift.Losses(torch, Steps, BatchTokens);
        Assert.HasCount(Steps, expected);
        Assert.HasCount(Steps, losses);
        Assert.IsLessThan(1e-4, TrainingDrift.Difference(losses, expected, Steps));

        // The draws are the same: without dropout the losses are others.
        double[] without = TrainingDrift.Losses(torch, 2, BatchTokens, dropout: 0);
        Assert.IsGreaterThan(1e-3, TrainingDrift.Difference(without, expected, 2));
    }
}
