using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>The suite that every engine passes, on libtorch's CPU in float32.</summary>
[TestClass]
public sealed class TorchSharpConformance() : EngineConformance(
    () => new TorchSharpEngine(global::TorchSharp.torch.CPU, Precision.Float32) { DrawsTokens = true }, Promises)
{
    /// <summary>What float32 keeps on a device whose library chooses its kernels by shape.</summary>
    internal static ConformanceTolerances Promises { get; } = new() { IsEqualInAnyBatch = false, Quantizes = false };
}

/// <summary>The suite in bfloat16: a factor's relative error is up to 2⁻⁹.</summary>
[TestClass]
public sealed class BFloat16Conformance() : EngineConformance(
    () => new TorchSharpEngine(global::TorchSharp.torch.CPU, Precision.BFloat16) { DrawsTokens = true }, Promises)
{
    private static ConformanceTolerances Promises { get; } = TorchSharpConformance.Promises with
    {
        Forward = 2e-2, Gradient = 8e-2, ModelForward = .05, ModelGradient = .3, Loss = 1e-2, PacksBitForBit = false,
        HoldsTensorsBitForBit = false,
    };
}
