using System.Runtime.CompilerServices;

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

    /// <summary>Rows of A in a block, a multiple of every tile's rows.</summary>
    public const int RowBlock = 192;

    /// <summary>Elements of scratch memory a worker needs: a packed block of A and the tile of an incomplete panel.</summary>
    public static int ScratchLength => RowBlock * DepthBlock + RowBlock * 2 * V.Count;

    private T* _a, _panels, _c, _scratch;
    private nint _rowStride, _stepStride, _cStride;
    private int _m, _n, _k, _panelDepth, _panelGroup, _groups;
    private bool _accumulate, _packA;
    private Epilogue<V, T> _epilogue;

    /// <summary>Shared between workers.</summary>
    /// <param name="workers">Who computes.</param>
    /// <param name="a">A; element (i, j) at a[i · rowStride + j · stepStride].</param>
    /// <param name="rowStride">The distance of A's rows.</param>
    /// <param name="stepStride">The distance of A's columns.</param>
    /// <param name="panels">B.</param>
    /// <param name="c">C; rows at a distance of cStride.</param>
    /// <param name="cStride">The distance of C's rows.</param>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="n">Columns of B and C.</param>
    /// <param name="k">Columns of A, rows of B.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    /// <param name="epilogue">What is done to each finished piece of a row of C.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> elements for each worker.</param>
    public static void Run(
        Workers workers, T* a, nint rowStride, nint stepStride, T* panels, T* c, nint cStride, int m, int n, int k,
        bool accumulate, Epilogue<V, T> epilogue, T* scratch)
    {
        Gemm<V, T> body = Body(a, rowStride, stepStride, panels, c, cStride, m, n, k, accumulate, epilogue, scratch);
        if (m == 0)
            return;
        int rowBlocks = (m + RowBlock - 1) / RowBlock;
        int panelCount = Panels.Count<V, T>(n);
        // About eight items for each worker, so that none waits long for the last.
        int groups = Math.Clamp(8 * workers.Count / rowBlocks, 1, panelCount);
        body._panelGroup = (panelCount + groups - 1) / groups;
        body._groups = (panelCount + body._panelGroup - 1) / body._panelGroup;
        workers.Run(rowBlocks * body._groups, body);
    }

    /// <summary>By the calling worker alone; B may be some rows of panels that are <paramref name="panelDepth"/> rows deep.</summary>
    public static void Serial(
        T* a, nint rowStride, nint stepStride, T* panels, int panelDepth, T* c, nint cStride, int m, int n, int k, bool accumulate, T* scratch)
    {
        Gemm<V, T> body = Body(a, rowStride, stepStride, panels, c, cStride, m, n, k, accumulate, default, scratch);
        body._panelDepth = panelDepth;
        body._panelGroup = Panels.Count<V, T>(n);
        body._groups = 1;
        for (int i = 0; i < (m + RowBlock - 1) / RowBlock; i++)
            body.Execute(i, 0);
    }

    private static Gemm<V, T> Body(
        T* a, nint rowStride, nint stepStride, T* panels, T* c, nint cStride, int m, int n, int k, bool accumulate, Epilogue<V, T> epilogue, T* scratch) => new()
        {
            _a = a,
            _rowStride = rowStride,
            _stepStride = stepStride,
            _panels = panels,
            _c = c,
            _cStride = cStride,
            _m = m,
            _n = n,
            _k = k,
            _panelDepth = k,
            _accumulate = accumulate,
            _epilogue = epilogue,
            _scratch = scratch,
            // A column of A at a stride of whole pages would fall into one set of the cache: such a block is copied together.
            _packA = rowStride == 1 || rowStride * sizeof(T) % 2048 == 0 && n > 4 * V.Count,
        };

    public readonly void Execute(int item, int worker)
    {
        int width = Panels.Width<V, T>();
        int firstRow = item / _groups * RowBlock;
        int rows = Math.Min(RowBlock, _m - firstRow);
        int firstPanel = item % _groups * _panelGroup;
        int lastPanel = Math.Min(Panels.Count<V, T>(_n), firstPanel + _panelGroup);
        T* packed = _scratch + (long)worker * ScratchLength;
        T* edge = packed + RowBlock * DepthBlock;
        T* rowStart = _c + firstRow * _cStride;
        for (int k0 = 0; k0 < _k; k0 += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, _k - k0);
            T* a = _a + firstRow * _rowStride + k0 * _stepStride;
            if (_packA)
                PackBlock(a, rows, depth, packed);
            bool accumulate = _accumulate || k0 > 0;
            bool last = k0 + depth == _k;
            for (int panel = firstPanel; panel < lastPanel; panel++)
            {
                T* b = _panels + (long)panel * width * _panelDepth + (long)k0 * width;
                int columns = Math.Min(width, _n - panel * width);
                T* c = rowStart + panel * width;
                if (columns == width)
                {
                    Tiles(a, packed, rows, depth, b, c, _cStride, accumulate);
                }
                else
                {
                    if (accumulate)
                        Copy(c, _cStride, edge, width, rows, columns);
                    Tiles(a, packed, rows, depth, b, edge, width, accumulate);
                    Copy(edge, width, c, _cStride, rows, columns);
                }
                if (last && _epilogue.IsNeeded)
                    _epilogue.Apply(c, _cStride, rows, panel * width, columns);
            }
        }
    }

    private readonly void Tiles(T* a, T* packed, int rows, int depth, T* b, T* c, nint cStride, bool accumulate)
    {
        if (!_packA)
        {
            GemmTile<V, T>.Rows(rows, depth, a, _rowStride, _stepStride, b, c, cStride, accumulate);
            return;
        }
        int tile = GemmTile<V, T>.MaxRows;
        for (int row = 0; row < rows; row += tile)
            GemmTile<V, T>.Rows(Math.Min(tile, rows - row), depth, packed + row * depth, 1, tile, b, c + row * cStride, cStride, accumulate);
    }

    /// <summary>Copies a block of A, tile by tile, each step's elements side by side.</summary>
    private readonly void PackBlock(T* a, int rows, int depth, T* packed)
    {
        int tile = GemmTile<V, T>.MaxRows;
        for (int row = 0; row < rows; row += tile)
        {
            int count = Math.Min(tile, rows - row);
            T* source = a + row * _rowStride;
            T* destination = packed + row * depth;
            if (_rowStride == 1)
            {
                if (count == tile)
                {
                    // A length known when compiled: a few register moves.
                    for (int i = 0; i < depth; i++, source += _stepStride, destination += tile)
                        Unsafe.CopyBlockUnaligned(destination, source, (uint)(GemmTile<V, T>.MaxRows * sizeof(T)));
                    continue;
                }
                for (int i = 0; i < depth; i++, source += _stepStride, destination += tile)
                    new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(destination, count));
                continue;
            }
            for (int r = 0; r < count; r++)
            {
                T* from = source + r * _rowStride;
                for (int i = 0; i < depth; i++)
                    destination[i * tile + r] = from[i * _stepStride];
            }
        }
    }

    private static void Copy(T* source, nint sourceStride, T* destination, nint destinationStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
            new ReadOnlySpan<T>(source + row * sourceStride, columns).CopyTo(new Span<T>(destination + row * destinationStride, columns));
    }
}
