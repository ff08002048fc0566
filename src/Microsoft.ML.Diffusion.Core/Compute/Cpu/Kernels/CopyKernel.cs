namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>y = x, or y += x.</summary>
internal unsafe struct CopyKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Chunk = 4 * Elementwise<V, T>.Chunk;
    private T* _x, _y;
    private long _count;
    private bool _accumulate;

    public static void Run(ParallelLoops loops, T* x, T* y, long count, bool accumulate) => loops.Run(
        (int)((count + Chunk - 1) / Chunk), new CopyKernel<V, T> { _x = x, _y = y, _count = count, _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        long first = (long)item * Chunk;
        Elementwise<V, T>.Run<First<V>>(_x + first, _x + first, _x + first, _y + first, (int)Math.Min(Chunk, _count - first), _accumulate);
    }
}
