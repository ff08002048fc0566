using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Asks for memory before it is needed, where the processor can be asked.</summary>
internal static unsafe class Prefetch
{
    /// <summary>The cache line at an address, into the first-level cache. Any address may be given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToFirstLevel(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>The cache line at an address, into the second-level cache. Any address may be given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSecondLevel(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
