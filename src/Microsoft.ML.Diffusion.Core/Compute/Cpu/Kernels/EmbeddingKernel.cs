using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>y = table[indices], or y += table[indices]; the table's rows lie plain or, one column in <see cref="_stride"/>, in panels.</summary>
internal unsafe struct EmbeddingKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowsInItem = 64;
    private T* _table, _y;
    private int* _indices;
    private int _rows, _width, _stride;
    private bool _accumulate;

    public static void Run(ParallelLoops loops, T* table, int* indices, T* y, int rows, int width, bool accumulate) => loops.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new EmbeddingKernel<V, T> { _table = table, _indices = indices, _y = y, _rows = rows, _width = width, _stride = 1, _accumulate = accumulate });

    public static void RunPacked(ParallelLoops loops, T* panels, int* indices, T* y, int rows, int width, bool accumulate) => loops.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new EmbeddingKernel<V, T> { _table = panels, _indices = indices, _y = y, _rows = rows, _width = width, _stride = Panels.Width<V, T>(), _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        for (long row = (long)item * RowsInItem; row < Math.Min(_rows, (item + 1L) * RowsInItem); row++)
        {
            if (_stride > 1)
            {
                Unpack(_indices[row], _y + row * _width);
                continue;
            }
            T* entry = _table + (long)_indices[row] * _width;
            Elementwise<V, T>.Run<First<V>>(entry, entry, entry, _y + row * _width, _width, _accumulate);
        }
    }

    private readonly void Unpack(int index, T* y)
    {
        T* entry = _table + (long)(index / _stride) * _stride * _width + index % _stride;
        for (int i = 0; i < _width; i++)
            y[i] = _accumulate ? y[i] + entry[(long)i * _stride] : entry[(long)i * _stride];
    }
}
