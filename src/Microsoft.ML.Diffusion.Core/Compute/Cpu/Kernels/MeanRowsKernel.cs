namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>y = the mean of each sequence's rows of x; an item is a sequence.</summary>
internal unsafe struct MeanRowsKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private T* _x, _y;
    private int* _bounds;
    private int _width;

    public static void Run(ParallelLoops loops, T* x, int* bounds, T* y, int sequences, int width) =>
        loops.Run(sequences, new MeanRowsKernel<V, T> { _x = x, _bounds = bounds, _y = y, _width = width });

    public readonly void Execute(int item, int worker)
    {
        int rows = _bounds[item + 1] - _bounds[item];
        T* x = _x + (long)_bounds[item] * _width, y = _y + (long)item * _width;
        V share = V.Constant(1.0 / rows);
        for (int column = 0; column < _width; column += V.Count)
        {
            int count = Math.Min(V.Count, _width - column);
            V sum = V.Zero;
            for (long row = 0; row < rows; row++)
                sum += count == V.Count ? V.Load(x + row * _width + column) : Tail.Load<V, T>(x + row * _width + column, count);
            Tail.Store(sum * share, y + column, count);
        }
    }
}
