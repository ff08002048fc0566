namespace Microsoft.ML.Diffusion.Compute;

/// <summary>Numbers in the memory of an <see cref="Engine"/>'s device; what they look like there is the engine's affair.</summary>
public abstract class DeviceBuffer(long length) : IDisposable
{
    /// <summary>The number of elements.</summary>
    public long Length { get; } = length;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    protected abstract void Dispose(bool disposing);
}
