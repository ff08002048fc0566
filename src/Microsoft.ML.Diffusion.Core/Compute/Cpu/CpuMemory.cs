using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Zeroed memory aligned to a cache line. On Linux large pieces come straight from the kernel: freed, they go back to it at once,
/// where the C library would keep what a training held (about three times the model) for as long as the process lives; and
/// they need no clearing.
/// </summary>
internal static unsafe partial class CpuMemory
{
    private const nuint Alignment = 64;
    private const nuint LargeBytes = 1 << 20;
    private const int ReadWrite = 3, PrivateAnonymous = 0x22;

    public static void* Allocate(nuint bytes)
    {
        if (IsMapped(bytes))
        {
            void* mapped = Map(null, bytes, ReadWrite, PrivateAnonymous, -1, 0);
            return (nint)mapped != -1 ? mapped : throw new InsufficientMemoryException($"{bytes:N0} bytes could not be had from the system. Use a smaller model or batch.");
        }
        void* pointer = NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(pointer, bytes);
        return pointer;
    }

    public static void Free(void* pointer, nuint bytes)
    {
        if (IsMapped(bytes))
            _ = Unmap(pointer, bytes);
        else
            NativeMemory.AlignedFree(pointer);
    }

    private static bool IsMapped(nuint bytes) => bytes >= LargeBytes && OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
