namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// y = x · m / (1 − rate), where m is 1 with probability 1 − rate (Srivastava et al. 2014). Element i's draw is word i mod 4 of Philox at
/// counter i / 4, so the same call on the gradient is the backward and nothing is stored.
/// </summary>
internal unsafe struct DropoutKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Chunk = 4096;
    private T* _x, _y;
    private long _count;
    private DropMask<V, T> _mask;
    private bool _accumulate;

    public static void Run(ParallelLoops loops, T* x, T* y, long count, double rate, ulong key, bool accumulate) => loops.Run(
        (int)((count + Chunk - 1) / Chunk),
        new DropoutKernel<V, T>
        {
            _x = x,
            _y = y,
            _count = count,
            _mask = new DropMask<V, T>(rate, key),
            _accumulate = accumulate,
        });

    public readonly void Execute(int item, int worker)
    {
        long first = (long)item * Chunk;
        _mask.Apply(0, first, _x + first, _y + first, (int)Math.Min(Chunk, _count - first), _accumulate);
    }
}
