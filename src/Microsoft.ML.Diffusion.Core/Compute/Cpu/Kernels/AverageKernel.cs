namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>average = decay · average + (1 − decay) · values.</summary>
internal unsafe struct AverageKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int Chunk = 16384;
    private T* _average, _values;
    private long _count;
    private double _decay;

    public static void Run(ParallelLoops loops, T* average, T* values, long count, double decay) => loops.Run(
        (int)((count + Chunk - 1) / Chunk),
        new AverageKernel<V, T> { _average = average, _values = values, _count = count, _decay = decay });

    public readonly void Execute(int item, int worker)
    {
        long i = (long)item * Chunk, end = Math.Min(_count, i + Chunk);
        V rate = V.Constant(1 - _decay);
        for (; i <= end - V.Count; i += V.Count)
        {
            V average = V.Load(_average + i);
            V.Store(V.MultiplyAdd(rate, V.Load(_values + i) - average, average), _average + i);
        }
        if (i < end)
        {
            int rest = (int)(end - i);
            V average = Tail.Load<V, T>(_average + i, rest);
            Tail.Store(V.MultiplyAdd(rate, Tail.Load<V, T>(_values + i, rest) - average, average), _average + i, rest);
        }
    }
}
