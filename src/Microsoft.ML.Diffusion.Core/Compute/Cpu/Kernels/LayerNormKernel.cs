using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>sum = a + b, y = weight · (sum − mean) / √(variance + ε) + bias, row by row (Ba, Kiros and Hinton 2016).</summary>
internal unsafe struct LayerNormKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowsInItem = 16;
    public T* A, B, Weight, Bias, Sum, Y, Statistics;
    public int Rows, Width;
    public double Epsilon;

    public static int Items(int rows) => (rows + RowsInItem - 1) / RowsInItem;

    public readonly void Execute(int item, int worker)
    {
        for (long row = (long)item * RowsInItem; row < Math.Min(Rows, (item + 1L) * RowsInItem); row++)
        {
            T* sum = Sum + row * Width;
            if (B is not null)
                Elementwise<V, T>.Run<Plus<V, T>>(A + row * Width, B + row * Width, B + row * Width, sum, Width);
            (T mean, T scale) = Moments(sum);
            Statistics[2 * row] = mean;
            Statistics[2 * row + 1] = scale;
            Normalize(sum, mean, scale, Y + row * Width);
        }
    }

    private readonly (T Mean, T Scale) Moments(T* x)
    {
        V total = V.Zero;
        int i = 0;
        for (; i <= Width - V.Count; i += V.Count)
            total += V.Load(x + i);
        if (i < Width)
            total += Tail.Load<V, T>(x + i, Width - i);
        T width = T.CreateTruncating(Width);
        T mean = V.Sum(total) / width;

        V center = V.Create(mean);
        V squares = V.Zero;
        for (i = 0; i <= Width - V.Count; i += V.Count)
        {
            V d = V.Load(x + i) - center;
            squares = V.MultiplyAdd(d, d, squares);
        }
        if (i < Width)
        {
            V d = Tail.Load<V, T>(x + i, Width - i, center) - center;
            squares = V.MultiplyAdd(d, d, squares);
        }
        return (mean, T.One / T.Sqrt(V.Sum(squares) / width + T.CreateTruncating(Epsilon)));
    }

    private readonly void Normalize(T* x, T mean, T scale, T* y)
    {
        V center = V.Create(mean), factor = V.Create(scale);
        int i = 0;
        for (; i <= Width - V.Count; i += V.Count)
        {
            V value = (V.Load(x + i) - center) * factor * V.Load(Weight + i);
            V.Store(Bias is null ? value : value + V.Load(Bias + i), y + i);
        }
        if (i < Width)
        {
            int rest = Width - i;
            V value = (Tail.Load<V, T>(x + i, rest) - center) * factor * Tail.Load<V, T>(Weight + i, rest);
            Tail.Store(Bias is null ? value : value + Tail.Load<V, T>(Bias + i, rest), y + i, rest);
        }
    }
}
