namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Numbers in the memory of an <see cref="Engine"/>'s device; what they look like there is the engine's affair. An engine of another
/// assembly derives its own.
/// </summary>
/// <param name="length">The number of elements.</param>
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

    /// <summary>Frees the memory; a second time does nothing.</summary>
    /// <param name="disposing">Whether it was asked for; false in a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
