using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion;

/// <summary>What the TorchSharp engine keeps, by its device and precision.</summary>
internal static class TorchSharpPromises
{
    /// <summary>In float32: a library chooses its kernels by shape.</summary>
    public static ConformanceTolerances Float32 { get; } = new() { IsEqualInAnyBatch = false, Quantizes = false };

    /// <summary>In bfloat16: a factor's relative error is up to 2⁻⁹, which sums that cancel make greater.</summary>
    public static ConformanceTolerances BFloat16 { get; } = Float32 with
    {
        Forward = 2e-2, Gradient = 8e-2, ModelForward = .05, ModelGradient = .3, Loss = 1e-2, PacksBitForBit = false,
        HoldsTensorsBitForBit = false,
    };

    /// <summary>In TF32: a factor's relative error is up to 2⁻¹¹.</summary>
    public static ConformanceTolerances TensorFloat32 { get; } = Float32 with
    {
        Forward = 5e-3, Gradient = 2e-2, ModelForward = .02, ModelGradient = .1, Loss = 3e-3, PacksBitForBit = false,
    };

    /// <summary>What an engine keeps; one with fused attention draws its dropout otherwise.</summary>
    public static ConformanceTolerances Of(TorchSharpEngine engine) => (engine.Precision switch
    {
        Precision.BFloat16 => BFloat16,
        Precision.TensorFloat32 => TensorFloat32,
        _ => Float32,
    }) with { DropsAttentionAlike = !engine.HasFusedAttention };
}
