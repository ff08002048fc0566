namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>y = table[indices], or y += table[indices].</summary>
internal unsafe struct EmbeddingKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int RowsInItem = 64;
    private T* _table, _y;
    private int* _indices;
    private int _rows, _width;
    private bool _accumulate;

    public static void Run(Workers workers, T* table, int* indices, T* y, int rows, int width, bool accumulate) => workers.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new EmbeddingKernel<V, T> { _table = table, _indices = indices, _y = y, _rows = rows, _width = width, _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        for (long row = (long)item * RowsInItem; row < Math.Min(_rows, (item + 1L) * RowsInItem); row++)
        {
            T* entry = _table + (long)_indices[row] * _width;
            Elementwise<V, T>.Run<First<V>>(entry, entry, entry, _y + row * _width, _width, _accumulate);
        }
    }
}
