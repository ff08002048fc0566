using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Copies blocks of the left-hand matrix A of a product to contiguous memory. If A is row-major, the rows are preserved, at a stride that
/// does not map them all to one set of the cache; if it is column-major, the block is stored tile by tile, with each step's elements
/// adjacent.
/// </summary>
internal unsafe struct PackBlock<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>The stride of the rows of a row-major block.</summary>
    public const int CopyStride = Gemm<V, T>.DepthBlock + 16;

    /// <summary>The number of elements in a block.</summary>
    public const int Length = Gemm<V, T>.RowBlock * CopyStride;

    private T* _a, _packed;
    private nint _rowStride, _stepStride;
    private int _m, _k;

    /// <summary>The number of elements in all blocks of A [m × k].</summary>
    public static long LengthOfAll(int m, int k) => (long)Blocks(m, Gemm<V, T>.RowBlock) * Blocks(k, Gemm<V, T>.DepthBlock) * Length;

    /// <summary>The offset of a block among all.</summary>
    public static T* Of(T* packed, int rowBlock, int k0, int k) =>
        packed + ((long)rowBlock * Blocks(k, Gemm<V, T>.DepthBlock) + k0 / Gemm<V, T>.DepthBlock) * Length;

    /// <summary>All blocks of A, on all workers.</summary>
    public static void RunAll(ParallelLoops loops, T* a, nint rowStride, nint stepStride, int m, int k, T* packed) => loops.Run(
        Blocks(m, Gemm<V, T>.RowBlock) * Blocks(k, Gemm<V, T>.DepthBlock),
        new PackBlock<V, T> { _a = a, _rowStride = rowStride, _stepStride = stepStride, _m = m, _k = k, _packed = packed });

    public readonly void Execute(int item, int worker)
    {
        int depthBlocks = Blocks(_k, Gemm<V, T>.DepthBlock);
        int row = item / depthBlocks * Gemm<V, T>.RowBlock, k0 = item % depthBlocks * Gemm<V, T>.DepthBlock;
        int rows = Math.Min(Gemm<V, T>.RowBlock, _m - row), depth = Math.Min(Gemm<V, T>.DepthBlock, _k - k0);
        Pack(_a + row * _rowStride + k0 * _stepStride, _rowStride, _stepStride, rows, depth, _packed + (long)item * Length);
    }

    /// <summary>One block.</summary>
    public static void Pack(T* a, nint rowStride, nint stepStride, int rows, int depth, T* packed)
    {
        if (rowStride == 1)
            Interleave(a, stepStride, rows, depth, packed);
        else
        {
            for (int row = 0; row < rows; row++)
                new ReadOnlySpan<T>(a + row * rowStride, depth).CopyTo(new Span<T>(packed + row * CopyStride, depth));
        }
    }

    private static void Interleave(T* a, nint stepStride, int rows, int depth, T* packed)
    {
        int tile = GemmTile<V, T>.MaxRows;
        for (int row = 0; row < rows; row += tile)
        {
            int count = Math.Min(tile, rows - row);
            T* source = a + row, destination = packed + row * depth;
            if (count == tile)
            {
                // The length is known at compile time: a few register moves.
                for (int i = 0; i < depth; i++, source += stepStride, destination += tile)
                    Unsafe.CopyBlockUnaligned(destination, source, (uint)(GemmTile<V, T>.MaxRows * sizeof(T)));
                continue;
            }
            for (int i = 0; i < depth; i++, source += stepStride, destination += tile)
                new ReadOnlySpan<T>(source, count).CopyTo(new Span<T>(destination, count));
        }
    }

    private static int Blocks(int count, int block) => (count + block - 1) / block;
}
