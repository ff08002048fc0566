using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion;

/// <summary>How models compute with TorchSharp. The options are those of the process, not of a context.</summary>
public sealed class TorchSharpOptions
{
    /// <summary>
    /// The device: "cuda", "cuda:1", "mps" or "cpu", which is libtorch's and is for tests. An index is that of the context's
    /// <c>GpuDeviceId</c>. Null takes "mps" on a Mac, and otherwise "cuda".
    /// </summary>
    public string? Device { get; set; }

    /// <summary>
    /// The number format of products. <see cref="Precision.BFloat16"/> takes about half the memory for activations, and is the fastest on
    /// GPUs that have it; results differ in the third digit.
    /// </summary>
    public Precision Precision { get; set; }
}
