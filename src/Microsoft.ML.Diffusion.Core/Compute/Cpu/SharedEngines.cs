using System.Collections.Concurrent;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The engines shared by the process, one for each requested number of threads, so that repeated requests start no more threads.
/// </summary>
internal static class SharedEngines
{
    private static readonly ConcurrentDictionary<int, Lazy<CpuEngine>> s_engines = new();

    /// <summary>The engine on a number of threads, at most one per processor; 0 for one per processor. Never disposed.</summary>
    public static CpuEngine On(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (threads == 0 || threads >= CpuEngine.Shared.Threads)
            return CpuEngine.Shared;
        return s_engines.GetOrAdd(threads, static count => new Lazy<CpuEngine>(() => CpuEngine.Create(count))).Value;
    }
}
