using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Σ x²: each chunk in the element type, the chunks' sums in double and in order.</summary>
internal unsafe struct SumOfSquaresKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, INumberBase<T>
{
    private const int Chunk = 4096;
    private T* _x;
    private long _count;
    private double* _sums;

    public static double Run(ParallelLoops loops, T* x, long count)
    {
        int chunks = (int)((count + Chunk - 1) / Chunk);
        double[] sums = System.Buffers.ArrayPool<double>.Shared.Rent(chunks);
        fixed (double* pointer = sums)
            loops.Run(chunks, new SumOfSquaresKernel<V, T> { _x = x, _count = count, _sums = pointer });
        double total = 0;
        for (int i = 0; i < chunks; i++)
            total += sums[i];
        System.Buffers.ArrayPool<double>.Shared.Return(sums);
        return total;
    }

    public readonly void Execute(int item, int worker)
    {
        long first = (long)item * Chunk;
        int count = (int)Math.Min(Chunk, _count - first);
        T* x = _x + first;
        V sum = V.Zero;
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V value = V.Load(x + i);
            sum = V.MultiplyAdd(value, value, sum);
        }
        if (i < count)
        {
            V value = Tail.Load<V, T>(x + i, count - i);
            sum = V.MultiplyAdd(value, value, sum);
        }
        _sums[item] = double.CreateTruncating(V.Sum(sum));
    }
}
