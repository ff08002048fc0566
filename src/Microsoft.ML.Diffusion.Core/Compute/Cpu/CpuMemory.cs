using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Zeroed memory aligned to a cache line. On Linux large blocks come directly from the kernel. When freed, they return to it at once,
/// whereas the C library would retain the memory of a training (about three times the model) for the lifetime of the process; and they need
/// no clearing. Huge pages are requested for whole ones: a product streams through a model's weights, and looking up a page's address is
/// slow.
/// </summary>
internal static unsafe partial class CpuMemory
{
    private const nuint Alignment = 64;
    private const nuint LargeBytes = 1 << 20;
    private const nuint HugePage = 2 << 20;
    private const int ReadWrite = 3, PrivateAnonymous = 0x22, AdviceHugePages = 14;

    public static void* Allocate(nuint bytes)
    {
        if (IsMapped(bytes))
            return MapLarge(bytes);
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

    /// <summary>Starts where a huge page may start; the memory before and after is returned.</summary>
    private static void* MapLarge(nuint bytes)
    {
        nuint whole = RoundUp(bytes, (nuint)Environment.SystemPageSize);
        byte* mapped = (byte*)Map(null, whole + HugePage, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)mapped == -1)
            throw new InsufficientMemoryException(
                $"The system could not provide {bytes:N0} bytes of memory. Use a smaller model or batch.");
        byte* pointer = (byte*)RoundUp((nuint)mapped, HugePage), end = mapped + whole + HugePage;
        if (pointer > mapped)
            _ = Unmap(mapped, (nuint)(pointer - mapped));
        if (end > pointer + whole)
            _ = Unmap(pointer + whole, (nuint)(end - pointer) - whole);
        // Only a hint: kernels without huge pages refuse it, with no other effect.
        if (bytes >= HugePage)
            _ = Advise(pointer, bytes / HugePage * HugePage, AdviceHugePages);
        return pointer;
    }

    private static nuint RoundUp(nuint value, nuint unit) => (value + unit - 1) / unit * unit;

    private static bool IsMapped(nuint bytes) => bytes >= LargeBytes && OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);
}
