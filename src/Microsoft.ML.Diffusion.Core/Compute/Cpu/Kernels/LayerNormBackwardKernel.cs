using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// dx = scale · (g − mean(g) − x̂ · mean(g · x̂)) with g = dy · weight and x̂ the normalized row; and, for each block of rows, its
/// contributions Σ dy · x̂ and Σ dy to the gradients of weight and bias.
/// </summary>
internal unsafe struct LayerNormBackwardKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The number of rows whose contributions are summed together; fixed, so that sums do not depend on the number of threads.
    /// </summary>
    public const int RowsInItem = 32;

    public T* X, Weight, Statistics, Dy, Dx;
    /// <summary>[items × 2 · width].</summary>
    public T* Shares;
    public int Rows, Width;
    public bool Accumulate;

    public static int Items(int rows) => (rows + RowsInItem - 1) / RowsInItem;

    public readonly void Execute(int item, int worker)
    {
        T* weightShare = Shares + 2L * item * Width;
        T* biasShare = weightShare + Width;
        new Span<T>(weightShare, 2 * Width).Clear();
        for (long row = (long)item * RowsInItem; row < Math.Min(Rows, (item + 1L) * RowsInItem); row++)
        {
            T* x = X + row * Width;
            T* dy = Dy + row * Width;
            T* dx = Dx + row * Width;
            V mean = V.Create(Statistics[2 * row]), scale = V.Create(Statistics[2 * row + 1]);
            V sum = V.Zero, product = V.Zero;
            for (int i = 0; i < Width; i += V.Count)
            {
                int count = Math.Min(V.Count, Width - i);
                V normal = (Load(x + i, count) - mean) * scale;
                V d = Load(dy + i, count);
                Store(V.MultiplyAdd(d, normal, Load(weightShare + i, count)), weightShare + i, count);
                Store(d + Load(biasShare + i, count), biasShare + i, count);
                V g = d * Load(Weight + i, count);
                sum += g;
                product = V.MultiplyAdd(g, normal, product);
            }
            T width = T.CreateTruncating(Width);
            V meanG = V.Create(V.Sum(sum) / width), meanProduct = V.Create(V.Sum(product) / width);
            for (int i = 0; i < Width; i += V.Count)
            {
                int count = Math.Min(V.Count, Width - i);
                V normal = (Load(x + i, count) - mean) * scale;
                V g = Load(dy + i, count) * Load(Weight + i, count);
                V value = scale * (g - meanG - normal * meanProduct);
                Store(Accumulate ? value + Load(dx + i, count) : value, dx + i, count);
            }
        }
    }

    // The spare lanes of a partial register load as zeros; dy's zeros exclude them from every sum.
    private static V Load(T* source, int count) => count == V.Count ? V.Load(source) : Tail.Load<V, T>(source, count);

    private static void Store(V value, T* destination, int count)
    {
        if (count == V.Count)
            V.Store(value, destination);
        else
            Tail.Store(value, destination, count);
    }
}
