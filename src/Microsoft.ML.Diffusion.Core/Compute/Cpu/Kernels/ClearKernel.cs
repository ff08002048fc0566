namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>x = 0.</summary>
internal unsafe struct ClearKernel<T> : IParallelBody where T : unmanaged
{
    private const int Chunk = 1 << 18;
    private T* _x;
    private long _count;

    public static void Run(ParallelLoops loops, T* x, long count) =>
        loops.Run((int)((count + Chunk - 1) / Chunk), new ClearKernel<T> { _x = x, _count = count });

    public readonly void Execute(int item, int worker)
    {
        long first = (long)item * Chunk;
        new Span<T>(_x + first, (int)Math.Min(Chunk, _count - first)).Clear();
    }
}
