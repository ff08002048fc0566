using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The number format of an engine's matrix products. In every case, sums of products, values and gradients of parameters, moments,
/// averages, normalizations, softmax and losses are float32 or wider.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the formats' own names.")]
public enum Precision
{
    /// <summary>IEEE 754 binary32, or wider.</summary>
    Float32,
    /// <summary>Factors are rounded to 10 bits of mantissa before a product (NVIDIA's TF32).</summary>
    TensorFloat32,
    /// <summary>Factors, and activations between layers, are rounded to bfloat16: 7 bits of mantissa, the exponents of float32.</summary>
    BFloat16,
}
