using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion;

/// <summary>The number format of an ONNX file.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the formats' own names.")]
public enum OnnxPrecision
{
    /// <summary>32-bit floats: the numbers of the model itself.</summary>
    Float32,
    /// <summary>16-bit floats: half the size, for GPUs and the web. Outputs are 32-bit floats.</summary>
    Float16,
    /// <summary>
    /// Weights as 8-bit integers with a scale for each output, a quarter of the size; the inputs of linear layers are rounded as the model
    /// runs (dynamic quantization). For processors.
    /// </summary>
    Int8,
}
