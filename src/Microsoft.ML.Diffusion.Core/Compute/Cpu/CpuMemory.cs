using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Zeroed memory aligned to a cache line. On Linux large pieces come straight from the kernel: freed, they go back to it at once,
/// where the C library would keep what a training held (about three times the model) for as long as the process lives; and
/// they need no clearing. Of these, whole huge pages are asked to be such: a product streams through a model's weights, and
/// looking a page's address up takes long.
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

    /// <summary>Begins where a huge page may begin; what lies before and behind goes back.</summary>
    private static void* MapLarge(nuint bytes)
    {
        nuint whole = RoundUp(bytes, (nuint)Environment.SystemPageSize);
        byte* mapped = (byte*)Map(null, whole + HugePage, ReadWrite, PrivateAnonymous, -1, 0);
        if ((nint)mapped == -1)
            throw new InsufficientMemoryException($"{bytes:N0} bytes could not be had from the system. Use a smaller model or batch.");
        byte* pointer = (byte*)RoundUp((nuint)mapped, HugePage), end = mapped + whole + HugePage;
        if (pointer > mapped)
            _ = Unmap(mapped, (nuint)(pointer - mapped));
        if (end > pointer + whole)
            _ = Unmap(pointer + whole, (nuint)(end - pointer) - whole);
        // A wish: kernels without huge pages refuse it, and nothing is lost.
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
