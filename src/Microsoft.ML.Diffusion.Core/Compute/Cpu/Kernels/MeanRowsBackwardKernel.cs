namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>dx = dy of the row's sequence, divided by the number of rows in it; an item is a sequence.</summary>
internal unsafe struct MeanRowsBackwardKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private T* _dy, _dx;
    private int* _bounds;
    private int _width;
    private bool _accumulate;

    public static void Run(ParallelLoops loops, T* dy, int* bounds, T* dx, int sequences, int width, bool accumulate) => loops.Run(
        sequences, new MeanRowsBackwardKernel<V, T> { _dy = dy, _bounds = bounds, _dx = dx, _width = width, _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        T* dy = _dy + (long)item * _width;
        V share = V.Constant(1.0 / (_bounds[item + 1] - _bounds[item]));
        for (int column = 0; column < _width; column += V.Count)
        {
            int count = Math.Min(V.Count, _width - column);
            V value = Tail.Load<V, T>(dy + column, count) * share;
            for (long row = _bounds[item]; row < _bounds[item + 1]; row++)
            {
                T* dx = _dx + row * _width + column;
                Tail.Store(_accumulate ? Tail.Load<V, T>(dx, count) + value : value, dx, count);
            }
        }
    }
}
