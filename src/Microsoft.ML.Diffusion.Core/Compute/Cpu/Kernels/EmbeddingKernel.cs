using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>y = table[rows], or y += table[rows].</summary>
internal unsafe struct EmbeddingKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int RowsInItem = 64;
    private LookupTable<T> _table;
    private TableRows _tableRows;
    private T* _y;
    private int _rows, _width;
    private bool _accumulate;

    public static void Run(ParallelLoops loops, LookupTable<T> table, TableRows tableRows, T* y, int rows, int width, bool accumulate) =>
        loops.Run(
        (rows + RowsInItem - 1) / RowsInItem,
        new EmbeddingKernel<V, T> { _table = table, _tableRows = tableRows, _y = y, _rows = rows, _width = width,
            _accumulate = accumulate });

    public readonly void Execute(int item, int worker)
    {
        for (long row = (long)item * RowsInItem; row < Math.Min(_rows, (item + 1L) * RowsInItem); row++)
        {
            if (_table.Stride > 1)
            {
                Unpack(_tableRows[row], _y + row * _width);
                continue;
            }
            T* entry = _table.Values + (long)_tableRows[row] * _width;
            Elementwise<V, T>.Run<First<V>>(entry, entry, entry, _y + row * _width, _width, _accumulate);
        }
    }

    private readonly void Unpack(int index, T* y)
    {
        int stride = _table.Stride;
        T* entry = _table.Values + (long)(index / stride) * stride * _width + index % stride;
        for (int i = 0; i < _width; i++)
            y[i] = _accumulate ? y[i] + entry[(long)i * stride] : entry[(long)i * stride];
    }
}
