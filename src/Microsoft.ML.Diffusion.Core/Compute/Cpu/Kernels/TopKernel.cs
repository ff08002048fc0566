using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The log Σ exp of each row and its greatest elements, the first among equals; an item is a row.</summary>
internal unsafe struct TopKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of elements whose sum is computed in the element type; these sums are added in double.</summary>
    private const int Block = 1024;

    /// <summary>[rows × Width], and [workers × Count] for the greatest elements.</summary>
    public T* X, Scratch;
    public int Width, Count;
    public double* LogSumExp;
    public float* Values;
    public int* Columns;

    public readonly void Execute(int row, int worker)
    {
        T* x = X + (long)row * Width;
        LogSumExp[row] = LogOfSum(x);
        T* greatest = Scratch + (long)worker * Count;
        int* columns = Columns + (long)row * Count;
        int found = 0;
        for (int column = 0; column < Width; column++)
        {
            T value = x[column];
            if (found == Count && !(value > greatest[Count - 1]))
                continue;
            int place = found < Count ? found++ : Count - 1;
            for (; place > 0 && value > greatest[place - 1]; place--)
                (greatest[place], columns[place]) = (greatest[place - 1], columns[place - 1]);
            (greatest[place], columns[place]) = (value, column);
        }
        for (int i = 0; i < Count; i++)
            Values[(long)row * Count + i] = float.CreateTruncating(greatest[i]);
    }

    private readonly double LogOfSum(T* x)
    {
        // Not −∞, so that differences to it are not NaN.
        T max = T.Max(RowSoftmax<V, T>.Max(x, Width), T.CreateTruncating(float.MinValue));
        double sum = 0;
        for (int first = 0; first < Width; first += Block)
            sum += double.CreateTruncating(RowSoftmax<V, T>.SumExponentials(x + first, Math.Min(Block, Width - first), max));
        return double.CreateTruncating(max) + Math.Log(sum);
    }
}
