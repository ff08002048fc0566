using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>The suite that every engine passes, on libtorch's CPU in float32.</summary>
[TestClass]
public sealed class TorchSharpConformance() : EngineConformance(
    () => new TorchSharpEngine(global::TorchSharp.torch.CPU, Precision.Float32) { DrawsTokens = true }, TorchSharpPromises.Float32);

/// <summary>The suite in bfloat16.</summary>
[TestClass]
public sealed class BFloat16Conformance() : EngineConformance(
    () => new TorchSharpEngine(global::TorchSharp.torch.CPU, Precision.BFloat16) { DrawsTokens = true }, TorchSharpPromises.BFloat16);
