namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>result += the sum of the rows of x, column by column.</summary>
internal unsafe struct ColumnSumKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private T* _x, _result;
    private nint _stride;
    private int _rows, _columns;

    public static void Run(ParallelLoops loops, T* x, nint stride, int rows, int columns, T* result)
    {
        int width = 4 * V.Count;
        loops.Run((columns + width - 1) / width,
            new ColumnSumKernel<V, T> { _x = x, _stride = stride, _rows = rows, _columns = columns, _result = result });
    }

    public readonly void Execute(int item, int worker)
    {
        int first = 4 * V.Count * item;
        if (_columns - first >= 4 * V.Count)
        {
            T* result = _result + first;
            V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
            T* x = _x + first;
            for (int row = 0; row < _rows; row++, x += _stride)
            {
                s0 += V.Load(x);
                s1 += V.Load(x + V.Count);
                s2 += V.Load(x + 2 * V.Count);
                s3 += V.Load(x + 3 * V.Count);
            }
            V.Store(V.Load(result) + s0, result);
            V.Store(V.Load(result + V.Count) + s1, result + V.Count);
            V.Store(V.Load(result + 2 * V.Count) + s2, result + 2 * V.Count);
            V.Store(V.Load(result + 3 * V.Count) + s3, result + 3 * V.Count);
            return;
        }
        for (int column = first; column < _columns; column += V.Count)
        {
            int count = Math.Min(V.Count, _columns - column);
            V sum = V.Zero;
            for (int row = 0; row < _rows; row++)
                sum += Tail.Load<V, T>(_x + row * _stride + column, count);
            Tail.Store(Tail.Load<V, T>(_result + column, count) + sum, _result + column, count);
        }
    }
}
