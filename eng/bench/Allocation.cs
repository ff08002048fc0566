namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The managed memory that a run takes when all that grows has grown.</summary>
internal static class Allocation
{
    private const int Runs = 3;

    /// <summary>Bytes for each run: what the calling thread took in one, or what all threads took in several, by their number; the larger.</summary>
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
