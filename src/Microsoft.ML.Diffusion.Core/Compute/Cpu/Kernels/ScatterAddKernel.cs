namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// table[rows] += dy. Work is divided by columns, so that rows are added to a table entry in order, whatever the number of threads.
/// </summary>
internal unsafe struct ScatterAddKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private T* _dy, _table;
    private TableRows _tableRows;
    private int _rows, _width;

    public static void Run(ParallelLoops loops, T* dy, TableRows tableRows, T* table, int rows, int width) => loops.Run(
        (width + ColumnsInItem - 1) / ColumnsInItem,
        new ScatterAddKernel<V, T> { _dy = dy, _tableRows = tableRows, _table = table, _rows = rows, _width = width });

    private static int ColumnsInItem => 8 * V.Count;

    public readonly void Execute(int item, int worker)
    {
        int first = item * ColumnsInItem;
        int count = Math.Min(ColumnsInItem, _width - first);
        for (long row = 0; row < _rows; row++)
        {
            T* dy = _dy + row * _width + first;
            Elementwise<V, T>.Run<First<V>>(dy, dy, dy, _table + (long)_tableRows[row] * _width + first, count, accumulate: true);
        }
    }
}
