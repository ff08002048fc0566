namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// Numbers in the memory of an <see cref="Engine"/>'s device; the engine defines their format there. An engine in another assembly derives
/// its own buffer class.
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

    /// <summary>Frees the memory; a second call does nothing.</summary>
    /// <param name="disposing">Whether it was called explicitly; false in a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
