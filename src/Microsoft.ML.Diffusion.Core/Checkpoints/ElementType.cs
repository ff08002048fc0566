using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>How the elements of a tensor are stored in a checkpoint. In memory they are always float32.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the formats' own names.")]
public enum ElementType
{
    /// <summary>IEEE 754 binary32 (<c>F32</c>), 4 bytes.</summary>
    Float32,

    /// <summary>IEEE 754 binary16 (<c>F16</c>), 2 bytes.</summary>
    Float16,

    /// <summary>The upper half of a binary32 (<c>BF16</c>), 2 bytes.</summary>
    BFloat16,
}
