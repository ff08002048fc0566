using System.Runtime.Intrinsics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The managed engine: SIMD kernels in C#, no native code. Its results do not depend on the number of threads, and those of a sequence do
/// not depend on the rest of the batch.
/// </summary>
public abstract class CpuEngine : Engine
{
    private static readonly Lazy<CpuEngine> s_shared = new(() => Create());

    private protected CpuEngine()
    {
    }

    /// <summary>The engine on all processors, one for the whole process; never disposed.</summary>
    public static CpuEngine Shared => s_shared.Value;

    /// <summary>The widest instruction set this process may use: "AVX-512", "AVX2", "Vector128" or "scalar".</summary>
    public static string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "AVX-512" : Vector256.IsHardwareAccelerated ? "AVX2"
            : Vector128.IsHardwareAccelerated ? "Vector128" : "scalar";

    /// <summary>The number of threads that share the work.</summary>
    public abstract int Threads { get; }

    /// <summary>The engine on a number of threads, one for the whole process; never disposed.</summary>
    /// <param name="threads">The number of threads, from 1. A number above the number of processors is treated as the number of processors.
    /// 0 for one per processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static CpuEngine On(int threads) => SharedEngines.On(threads);

    /// <summary>A new engine on the widest instruction set, owned by the caller.</summary>
    /// <param name="threads">The number of threads; 0 for one per processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or above 1,024.</exception>
    public static CpuEngine Create(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        if (threads == 0)
            threads = Environment.ProcessorCount;
        return InstructionSet switch
        {
            "AVX-512" => new CpuEngine<Lanes512, float>(threads),
            "AVX2" => new CpuEngine<Lanes256, float>(threads),
            "Vector128" => new CpuEngine<Lanes128, float>(threads),
            _ => new CpuEngine<LanesSingle, float>(threads),
        };
    }
}
