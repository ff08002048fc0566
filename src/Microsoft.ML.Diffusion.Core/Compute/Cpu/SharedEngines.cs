using System.Collections.Concurrent;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The engines that all of a process shares, one for each number of threads that was asked for, so that there are never more threads than those.</summary>
internal static class SharedEngines
{
    private static readonly ConcurrentDictionary<int, Lazy<CpuEngine>> s_engines = new();

    /// <summary>The engine on so many threads, at most one a processor; 0 for one a processor. Never disposed.</summary>
    public static CpuEngine On(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (threads == 0 || threads >= CpuEngine.Shared.Threads)
            return CpuEngine.Shared;
        return s_engines.GetOrAdd(threads, static count => new Lazy<CpuEngine>(() => CpuEngine.Create(count))).Value;
    }
}
