using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Native memory aligned to a cache line, zeroed; freed when disposed, or at the latest when collected.</summary>
internal sealed unsafe class CpuBuffer<T> : DeviceBuffer where T : unmanaged
{
    private const nuint Alignment = 64;
    private T* _pointer;

    public CpuBuffer(long length) : base(length)
    {
        nuint bytes = checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T));
        _pointer = (T*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_pointer, bytes);
        GC.AddMemoryPressure(Math.Max(1, (long)bytes));
    }

    ~CpuBuffer() => Dispose(false);

    public T* Pointer => _pointer is not null ? _pointer : throw new ObjectDisposedException(nameof(CpuBuffer<T>), "The model's memory was freed; do not use a model after disposing it.");

    protected override void Dispose(bool disposing)
    {
        if (_pointer is null)
            return;
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        GC.RemoveMemoryPressure(Math.Max(1, Length * sizeof(T)));
    }
}
