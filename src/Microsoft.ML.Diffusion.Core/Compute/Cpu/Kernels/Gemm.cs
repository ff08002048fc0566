namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// C [m × n] = A [m × k] · B, or C += A · B, with B in <see cref="Panels"/>: blocked so that a panel's slice of
/// <see cref="DepthBlock"/> rows stays in the first-level cache and a block of A in the second (Goto and van de Geijn 2008).
/// </summary>
internal unsafe struct Gemm<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>Rows of B at a time: 256 × 2 registers of 64 bytes is 32 KiB.</summary>
    public const int DepthBlock = 256;

    /// <summary>
    /// The number of rows of A in a block, a multiple of every tile's rows: a slice of it takes 384 KiB, which leaves room for C's piece in
    /// the second-level cache.
    /// </summary>
    public const int RowBlock = 384;

    /// <summary>
    /// The most panels for which a block is computed without splitting, so that C's piece is still in the cache when the next slice is
    /// added.
    /// </summary>
    private const int LargestPanelGroup = 8;

    /// <summary>
    /// The number of elements of A up to which it is packed once by all workers, instead of block by block by each worker that needs it.
    /// </summary>
    private const long LargestPackedWhole = 1 << 20;

    /// <summary>The fewest panels for which packing a block of A is worthwhile.</summary>
    private const int LeastPanelsForPacking = 4;

    private T* _a, _panels, _c, _scratch, _whole;
    private nint _rowStride, _stepStride, _cStride;
    private int _m, _n, _k, _panelDepth, _panelGroup, _rowBlocks;
    private bool _accumulate, _packA;
    private Epilogue<V, T> _epilogue;

    /// <summary>Elements of scratch memory for <see cref="Serial"/>: a packed block of A and the tile of an incomplete panel.</summary>
    public static int SerialScratchLength => PackBlock<V, T>.Length + RowBlock * 2 * V.Count;

    /// <summary>Elements of scratch memory for <see cref="Run"/>.</summary>
    public static long ScratchLength(int workers, int m, int k) =>
        (long)workers * SerialScratchLength + (IsPackedWhole(m, k) ? PackBlock<V, T>.LengthOfAll(m, k) : 0);

    /// <summary>Computes the product on all workers.</summary>
    /// <param name="loops">The loops that compute it.</param>
    /// <param name="a">A; element (i, j) at a[i · rowStride + j · stepStride].</param>
    /// <param name="rowStride">The stride of A's rows.</param>
    /// <param name="stepStride">The stride of A's columns.</param>
    /// <param name="panels">B.</param>
    /// <param name="panelDepth">The number of rows of the panels, at least k; B may be only some of them.</param>
    /// <param name="c">C, with rows at a stride of cStride.</param>
    /// <param name="cStride">The stride of C's rows.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    /// <param name="epilogue">Applied to each finished piece of a row of C.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> elements.</param>
    public static void Run(
        ParallelLoops loops, T* a, nint rowStride, nint stepStride, T* panels, int panelDepth, T* c, nint cStride, int m, int n, int k,
        bool accumulate, Epilogue<V, T> epilogue, T* scratch)
    {
        if (m == 0)
            return;
        Gemm<V, T> body = Body(a, rowStride, stepStride, panels, panelDepth, c, cStride, m, n, k, accumulate, epilogue, scratch);
        if (body._packA && IsPackedWhole(m, k))
        {
            body._whole = scratch + (long)loops.Count * SerialScratchLength;
            PackBlock<V, T>.RunAll(loops, a, rowStride, stepStride, m, k, body._whole);
        }
        int rowBlocks = body._rowBlocks, panelCount = Panels.Count<V, T>(n);
        // At least eight items for each worker, so that no worker waits long for the last one.
        int groups = Math.Min((8 * loops.Count + rowBlocks - 1) / rowBlocks, panelCount);
        body._panelGroup = Math.Min((panelCount + groups - 1) / groups, LargestPanelGroup);
        if (body._packA && body._whole is null)
            body._panelGroup = Math.Max(body._panelGroup, LeastPanelsForPacking);
        loops.Run(rowBlocks * ((panelCount + body._panelGroup - 1) / body._panelGroup), body);
    }

    /// <summary>Computes the product on the calling worker alone.</summary>
    public static void Serial(
        T* a, nint rowStride, nint stepStride, T* panels, int panelDepth, T* c, nint cStride, int m, int n, int k,
        bool accumulate, T* scratch)
    {
        Gemm<V, T> body = Body(a, rowStride, stepStride, panels, panelDepth, c, cStride, m, n, k, accumulate, default, scratch);
        body._panelGroup = Panels.Count<V, T>(n);
        for (int i = 0; i < body._rowBlocks; i++)
            body.Execute(i, 0);
    }

    private static bool IsPackedWhole(int m, int k) => PackBlock<V, T>.LengthOfAll(m, k) <= LargestPackedWhole;

    private static Gemm<V, T> Body(
        T* a, nint rowStride, nint stepStride, T* panels, int panelDepth, T* c, nint cStride, int m, int n, int k, bool accumulate,
        Epilogue<V, T> epilogue, T* scratch) => new()
        {
            _a = a,
            _rowStride = rowStride,
            _stepStride = stepStride,
            _panels = panels,
            _panelDepth = panelDepth,
            _c = c,
            _cStride = cStride,
            _m = m,
            _n = n,
            _k = k,
            _rowBlocks = (m + RowBlock - 1) / RowBlock,
            _accumulate = accumulate,
            _epilogue = epilogue,
            _scratch = scratch,
            // A column of A at a stride of whole pages would map to one set of the cache; such a block is copied to contiguous memory.
            _packA = rowStride == 1 || rowStride * sizeof(T) % 2048 == 0 && n > 4 * V.Count,
        };

    public readonly void Execute(int item, int worker)
    {
        int width = Panels.Width<V, T>(), tile = GemmTile<V, T>.MaxRows;
        // All rows of A with some panels, then with the next ones: this many panels stay in the caches meanwhile.
        int rowBlock = item % _rowBlocks, firstRow = rowBlock * RowBlock;
        int rows = Math.Min(RowBlock, _m - firstRow);
        int firstPanel = item / _rowBlocks * _panelGroup;
        int lastPanel = Math.Min(Panels.Count<V, T>(_n), firstPanel + _panelGroup);
        T* own = _scratch + (long)worker * SerialScratchLength;
        T* edge = own + PackBlock<V, T>.Length;
        T* rowStart = _c + firstRow * _cStride;
        // While the tiles of a panel are computed, the next panel is prefetched, a part in each step.
        int tiles = (rows + tile - 1) / tile;
        nint nextStep = (width + tiles - 1) / tiles;
        for (int k0 = 0; k0 < _k; k0 += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, _k - k0);
            BlockOfA block = Block(rowBlock, rows, k0, depth, own);
            bool accumulate = _accumulate || k0 > 0;
            bool last = k0 + depth == _k;
            for (int panel = firstPanel; panel < lastPanel; panel++)
            {
                T* b = Slice(panel, k0);
                T* next = panel + 1 < lastPanel ? Slice(panel + 1, k0) : last ? b : Slice(firstPanel, k0 + depth);
                int columns = Math.Min(width, _n - panel * width);
                T* c = rowStart + panel * width;
                T* target = c;
                nint stride = _cStride;
                if (columns < width)
                {
                    target = edge;
                    stride = width;
                    if (accumulate)
                        Copy(c, _cStride, edge, width, rows, columns);
                }
                for (int row = 0; row < rows; row += tile, next += nextStep * depth)
                {
                    if (row + tile < rows)
                        FetchTile(target + (row + tile) * stride, stride, Math.Min(tile, rows - row - tile));
                    else if (panel + 1 < lastPanel)
                        FetchTile(c + width, _cStride, Math.Min(tile, rows));
                    GemmTile<V, T>.Rows(
                        Math.Min(tile, rows - row), depth, block.Start + row * block.Distance, block.RowStride, block.StepStride, b,
                        target + row * stride, stride, accumulate,
                        next, nextStep);
                }
                if (columns < width)
                    Copy(edge, width, c, _cStride, rows, columns);
                if (last && _epilogue.IsNeeded)
                    _epilogue.Apply(c, _cStride, rows, panel * width, columns);
            }
        }
    }

    /// <summary>Prefetches the next tile of C, before it is added to or written.</summary>
    private static void FetchTile(T* c, nint stride, int rows)
    {
        for (int row = 0; row < rows; row++, c += stride)
        {
            Prefetch.ToFirstLevel(c);
            Prefetch.ToFirstLevel(c + V.Count);
        }
    }

    private readonly T* Slice(int panel, int k0) => _panels + ((long)panel * _panelDepth + k0) * Panels.Width<V, T>();

    private readonly BlockOfA Block(int rowBlock, int rows, int k0, int depth, T* own)
    {
        T* a = _a + rowBlock * RowBlock * _rowStride + k0 * _stepStride;
        if (!_packA)
            return new(a, _rowStride, _rowStride, _stepStride);
        T* packed = own;
        if (_whole is not null)
            packed = PackBlock<V, T>.Of(_whole, rowBlock, k0, _k);
        else
            PackBlock<V, T>.Pack(a, _rowStride, _stepStride, rows, depth, packed);
        return _rowStride == 1 ? new(packed, depth, 1, GemmTile<V, T>.MaxRows)
            : new(packed, PackBlock<V, T>.CopyStride, PackBlock<V, T>.CopyStride, 1);
    }

    private static void Copy(T* source, nint sourceStride, T* destination, nint destinationStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
            new ReadOnlySpan<T>(source + row * sourceStride, columns).CopyTo(new Span<T>(destination + row * destinationStride, columns));
    }

    /// <summary>The address of a block of A: the tile that begins at a row begins at Start + row · Distance.</summary>
    private readonly struct BlockOfA(T* start, nint distance, nint rowStride, nint stepStride)
    {
        public readonly T* Start = start;
        public readonly nint Distance = distance, RowStride = rowStride, StepStride = stepStride;
    }
}
