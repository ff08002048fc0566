namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The managed memory that a run allocates once all reusable buffers have grown.</summary>
internal static class Allocation
{
    private const int Runs = 3;

    /// <summary>
    /// Bytes per run, the larger of two values: the calling thread's allocation in one run, and all threads' allocation in several runs
    /// divided by their number.
    /// </summary>
    public static long PerRun(Action action)
    {
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        long own = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetTotalAllocatedBytes(precise: true);
        for (int run = 0; run < Runs; run++)
            action();
        long all = GC.GetTotalAllocatedBytes(precise: true) - before;
        return Math.Max(own, (all + Runs - 1) / Runs);
    }
}
