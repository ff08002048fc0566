namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Native memory aligned to a cache line, zeroed; freed when disposed, or at the latest when collected.</summary>
internal sealed unsafe class CpuBuffer<T> : DeviceBuffer where T : unmanaged
{
    private T* _pointer;

    public CpuBuffer(long length) : base(length)
    {
        _pointer = (T*)CpuMemory.Allocate(Bytes);
        GC.AddMemoryPressure((long)Bytes);
    }

    ~CpuBuffer() => Dispose(false);

    private nuint Bytes => checked((nuint)Math.Max(Length, 1) * (nuint)sizeof(T));

    public T* Pointer => _pointer is not null ? _pointer
        : throw new ObjectDisposedException(nameof(CpuBuffer<T>), "The model's memory was freed; do not use a model after disposing it.");

    protected override void Dispose(bool disposing)
    {
        if (_pointer is null)
            return;
        CpuMemory.Free(_pointer, Bytes);
        _pointer = null;
        GC.RemoveMemoryPressure((long)Bytes);
    }
}
