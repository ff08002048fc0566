namespace Microsoft.ML.Diffusion.Tool.Models;

/// <summary>How a converted model stores its weights.</summary>
internal enum WeightType
{
    /// <summary>32-bit floats.</summary>
    Float32,
    /// <summary>16-bit floats.</summary>
    Float16,
    /// <summary>16-bit floats with the range of 32-bit ones, in a directory only.</summary>
    BFloat16,
    /// <summary>8-bit integers, in an ONNX file only.</summary>
    Int8,
}
