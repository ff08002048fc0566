using System.Runtime.Intrinsics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The managed engine: SIMD kernels in C#, nothing native. <see cref="Shared"/> uses all processors.</summary>
public static class CpuEngine
{
    private static readonly Lazy<Engine> s_shared = new(() => Create());

    /// <summary>An engine for the whole process, on all processors; never disposed.</summary>
    public static Engine Shared => s_shared.Value;

    /// <summary>The widest instruction set this process may use: "AVX-512", "AVX2", "Vector128" or "scalar".</summary>
    public static string InstructionSet =>
        Vector512.IsHardwareAccelerated ? "AVX-512" : Vector256.IsHardwareAccelerated ? "AVX2" : Vector128.IsHardwareAccelerated ? "Vector128" : "scalar";

    /// <summary>An engine on the widest instruction set.</summary>
    /// <param name="threads">The number of threads; 0 for one a processor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or above 1,024.</exception>
    public static Engine Create(int threads = 0)
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
