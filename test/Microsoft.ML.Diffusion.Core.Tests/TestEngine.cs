using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// The engine of those tests that any engine passes. The test project of another engine links them, and has its own class of this name.
/// </summary>
internal static class TestEngine
{
    /// <summary>How often a training in a process of its own is killed.</summary>
    public const int Kills = 10;

    /// <summary>Numbers of threads that give the same result.</summary>
    public static int[] Threads => [1, 2, 3];

    /// <summary>Whether a sequence's result does not depend on its batch, bit for bit.</summary>
    public static bool IsEqualInAnyBatch => true;

    /// <summary>One for the whole process; never disposed.</summary>
    public static Engine Shared => CpuEngine.Shared;

    /// <summary>A new engine, owned by the caller, on a number of threads.</summary>
    public static Engine Create(int threads) => CpuEngine.Create(threads);
}
