namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// C [m × n] = A [m × k] · B in 8-bit integers: the rows of A are rounded here (<see cref="QuantizeRows"/>), B when the model was loaded
/// (<see cref="QuantizeWeights"/>). The sums are exact, so they do not depend on their order. For floats only.
/// </summary>
internal unsafe struct QuantizedGemm<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    private const int RowBlock = 192;

    private byte* _a;
    private float* _rowScales, _columnScales, _c, _edges;
    private sbyte* _panels;
    private int* _offsets;
    private int _m, _n, _depth, _panelGroup, _groups;
    private Epilogue<V, T> _epilogue;

    /// <summary>Bytes of scratch memory: A in integers, its rows' scales, and a tile of an incomplete panel for each worker.</summary>
    public static long ScratchBytes(int workers, int m, int k) =>
        Aligned((long)m * QuantizedPanels.Depth(k)) + Aligned(m * sizeof(float)) + workers * EdgeLength * sizeof(float);

    private static long EdgeLength => RowBlock * QuantizedPanels.Width;

    /// <summary>Computes the product on all workers; A and C have contiguous rows.</summary>
    public static void Run(ParallelLoops loops, T* a, QuantizedBuffer b, T* c, int m, int n, int k, Epilogue<V, T> epilogue, byte* scratch)
    {
        if (m == 0)
            return;
        int depth = QuantizedPanels.Depth(k), panels = QuantizedPanels.Count(n), rowBlocks = (m + RowBlock - 1) / RowBlock;
        float* rowScales = (float*)(scratch + Aligned((long)m * depth));
        QuantizeRows.Run(loops, (float*)a, m, k, scratch, rowScales);
        // About eight items for each worker, so that no worker waits long for the last one.
        int groups = Math.Clamp(8 * loops.Count / rowBlocks, 1, panels), panelGroup = (panels + groups - 1) / groups;
        groups = (panels + panelGroup - 1) / panelGroup;
        loops.Run(rowBlocks * groups, new QuantizedGemm<V, T>
        {
            _a = scratch,
            _rowScales = rowScales,
            _columnScales = b.Scales.Pointer,
            _offsets = b.Offsets.Pointer,
            _panels = b.Panels.Pointer,
            _c = (float*)c,
            _edges = rowScales + Aligned(m * sizeof(float)) / sizeof(float),
            _m = m,
            _n = n,
            _depth = depth,
            _panelGroup = panelGroup,
            _groups = groups,
            _epilogue = epilogue,
        });
        GC.KeepAlive(b);
    }

    public readonly void Execute(int item, int worker)
    {
        const int width = QuantizedPanels.Width;
        int firstRow = item / _groups * RowBlock, rows = Math.Min(RowBlock, _m - firstRow);
        int firstPanel = item % _groups * _panelGroup, lastPanel = Math.Min(QuantizedPanels.Count(_n), firstPanel + _panelGroup);
        byte* a = _a + (long)firstRow * _depth;
        float* edge = _edges + worker * EdgeLength;
        for (int panel = firstPanel; panel < lastPanel; panel++)
        {
            int column = panel * width, columns = Math.Min(width, _n - column);
            float* c = _c + (long)firstRow * _n + column;
            sbyte* b = _panels + (long)column * _depth;
            if (columns == width)
            {
                QuantizedTile.Rows(rows, _depth, a, _rowScales + firstRow, b, _columnScales + column, _offsets + column, c, _n);
            }
            else
            {
                QuantizedTile.Rows(rows, _depth, a, _rowScales + firstRow, b, _columnScales + column, _offsets + column, edge, width);
                for (int row = 0; row < rows; row++)
                    new ReadOnlySpan<float>(edge + row * width, columns).CopyTo(new Span<float>(c + (long)row * _n, columns));
            }
            if (_epilogue.IsNeeded)
                _epilogue.Apply((T*)c, _n, rows, column, columns);
        }
    }

    private static long Aligned(long bytes) => (bytes + 63) / 64 * 64;
}
