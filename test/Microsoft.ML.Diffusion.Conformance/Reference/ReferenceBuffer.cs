using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Numbers in the memory of the <see cref="ReferenceEngine"/>: an array.</summary>
/// <param name="length">The number of elements, all zero at first.</param>
public sealed class ReferenceBuffer(long length) : DeviceBuffer(length)
{
    /// <summary>The elements.</summary>
    public double[] Values { get; } = new double[length];

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // The runtime frees arrays; an engine with memory of its own frees it here, the first time.
    }
}
