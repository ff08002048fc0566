using System.Runtime.CompilerServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The innermost loops of a matrix product: some rows of A times one panel of B, in as many accumulators as fit in registers (12 rows × 2
/// with 32 registers, 6 × 2 with 16). C = A · panel, or C += A · panel. Element (row, i) of A is at <c>a[row · rowStride + i ·
/// stepStride]</c>. In every tile an element of C is one chain of multiply-adds over i, so it does not depend on the rows around it. Each
/// tile is unrolled by hand, since the compiler holds only individual locals in registers.
/// </summary>
internal static unsafe class GemmTile<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged
{
    /// <summary>Rows of the largest tile.</summary>
    public static int MaxRows => V.Registers >= 32 ? 12 : 6;

    /// <summary>At most <see cref="MaxRows"/> rows, in the largest tiles that fit.</summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="k">Columns of A, rows of the panel.</param>
    /// <param name="a">A.</param>
    /// <param name="rowStride">The stride of A's rows.</param>
    /// <param name="stepStride">The stride of A's columns.</param>
    /// <param name="b">The panel.</param>
    /// <param name="c">C.</param>
    /// <param name="cStride">The stride of C's rows.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    /// <param name="next">Memory that will be read soon.</param>
    /// <param name="nextStep">The number of its elements to prefetch in each of the k steps of a full tile.</param>
    public static void Rows(int rows, int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate,
        T* next, nint nextStep)
    {
        if (MaxRows == 12 && rows == 12)
        {
            Rows12(k, a, rowStride, stepStride, b, c, cStride, accumulate, next, nextStep);
            return;
        }
        if (MaxRows == 6 && rows == 6)
        {
            Rows6(k, a, rowStride, stepStride, b, c, cStride, accumulate, next, nextStep);
            return;
        }
        while (rows > 0)
        {
            int taken;
            if (rows >= 8 && MaxRows == 12)
            {
                Rows8(k, a, rowStride, stepStride, b, c, cStride, accumulate);
                taken = 8;
            }
            else if (rows >= 4)
            {
                Rows4(k, a, rowStride, stepStride, b, c, cStride, accumulate);
                taken = 4;
            }
            else if (rows >= 2)
            {
                Rows2(k, a, rowStride, stepStride, b, c, cStride, accumulate);
                taken = 2;
            }
            else
            {
                Rows1(k, a, rowStride, stepStride, b, c, cStride, accumulate);
                taken = 1;
            }
            rows -= taken;
            a += taken * rowStride;
            c += taken * cStride;
        }
    }

    /// <summary>The tile of 12 rows; it also prefetches the next data into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows12(int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate,
        T* next, nint nextStep)
    {
        V c00 = V.Zero, c01 = V.Zero;
        V c10 = V.Zero, c11 = V.Zero;
        V c20 = V.Zero, c21 = V.Zero;
        V c30 = V.Zero, c31 = V.Zero;
        V c40 = V.Zero, c41 = V.Zero;
        V c50 = V.Zero, c51 = V.Zero;
        V c60 = V.Zero, c61 = V.Zero;
        V c70 = V.Zero, c71 = V.Zero;
        V c80 = V.Zero, c81 = V.Zero;
        V c90 = V.Zero, c91 = V.Zero;
        V c100 = V.Zero, c101 = V.Zero;
        V c110 = V.Zero, c111 = V.Zero;
        if (accumulate)
        {
            (c00, c01) = (V.Load(c), V.Load(c + V.Count));
            (c10, c11) = (V.Load(c + cStride), V.Load(c + cStride + V.Count));
            (c20, c21) = (V.Load(c + 2 * cStride), V.Load(c + 2 * cStride + V.Count));
            (c30, c31) = (V.Load(c + 3 * cStride), V.Load(c + 3 * cStride + V.Count));
            (c40, c41) = (V.Load(c + 4 * cStride), V.Load(c + 4 * cStride + V.Count));
            (c50, c51) = (V.Load(c + 5 * cStride), V.Load(c + 5 * cStride + V.Count));
            (c60, c61) = (V.Load(c + 6 * cStride), V.Load(c + 6 * cStride + V.Count));
            (c70, c71) = (V.Load(c + 7 * cStride), V.Load(c + 7 * cStride + V.Count));
            (c80, c81) = (V.Load(c + 8 * cStride), V.Load(c + 8 * cStride + V.Count));
            (c90, c91) = (V.Load(c + 9 * cStride), V.Load(c + 9 * cStride + V.Count));
            (c100, c101) = (V.Load(c + 10 * cStride), V.Load(c + 10 * cStride + V.Count));
            (c110, c111) = (V.Load(c + 11 * cStride), V.Load(c + 11 * cStride + V.Count));
        }
        T* a3 = a + 3 * rowStride;
        T* a6 = a3 + 3 * rowStride;
        T* a9 = a6 + 3 * rowStride;
        nint twoRows = 2 * rowStride;
        for (int i = 0; i < k; i++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            Prefetch.ToSecondLevel(next);
            V s = V.Create(*a);
            c00 = V.MultiplyAdd(s, b0, c00);
            c01 = V.MultiplyAdd(s, b1, c01);
            s = V.Create(*(a + rowStride));
            c10 = V.MultiplyAdd(s, b0, c10);
            c11 = V.MultiplyAdd(s, b1, c11);
            s = V.Create(*(a + twoRows));
            c20 = V.MultiplyAdd(s, b0, c20);
            c21 = V.MultiplyAdd(s, b1, c21);
            s = V.Create(*a3);
            c30 = V.MultiplyAdd(s, b0, c30);
            c31 = V.MultiplyAdd(s, b1, c31);
            s = V.Create(*(a3 + rowStride));
            c40 = V.MultiplyAdd(s, b0, c40);
            c41 = V.MultiplyAdd(s, b1, c41);
            s = V.Create(*(a3 + twoRows));
            c50 = V.MultiplyAdd(s, b0, c50);
            c51 = V.MultiplyAdd(s, b1, c51);
            s = V.Create(*a6);
            c60 = V.MultiplyAdd(s, b0, c60);
            c61 = V.MultiplyAdd(s, b1, c61);
            s = V.Create(*(a6 + rowStride));
            c70 = V.MultiplyAdd(s, b0, c70);
            c71 = V.MultiplyAdd(s, b1, c71);
            s = V.Create(*(a6 + twoRows));
            c80 = V.MultiplyAdd(s, b0, c80);
            c81 = V.MultiplyAdd(s, b1, c81);
            s = V.Create(*a9);
            c90 = V.MultiplyAdd(s, b0, c90);
            c91 = V.MultiplyAdd(s, b1, c91);
            s = V.Create(*(a9 + rowStride));
            c100 = V.MultiplyAdd(s, b0, c100);
            c101 = V.MultiplyAdd(s, b1, c101);
            s = V.Create(*(a9 + twoRows));
            c110 = V.MultiplyAdd(s, b0, c110);
            c111 = V.MultiplyAdd(s, b1, c111);
            a += stepStride;
            a3 += stepStride;
            a6 += stepStride;
            a9 += stepStride;
            b += 2 * V.Count;
            next += nextStep;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Count);
        V.Store(c10, c + cStride);
        V.Store(c11, c + cStride + V.Count);
        V.Store(c20, c + 2 * cStride);
        V.Store(c21, c + 2 * cStride + V.Count);
        V.Store(c30, c + 3 * cStride);
        V.Store(c31, c + 3 * cStride + V.Count);
        V.Store(c40, c + 4 * cStride);
        V.Store(c41, c + 4 * cStride + V.Count);
        V.Store(c50, c + 5 * cStride);
        V.Store(c51, c + 5 * cStride + V.Count);
        V.Store(c60, c + 6 * cStride);
        V.Store(c61, c + 6 * cStride + V.Count);
        V.Store(c70, c + 7 * cStride);
        V.Store(c71, c + 7 * cStride + V.Count);
        V.Store(c80, c + 8 * cStride);
        V.Store(c81, c + 8 * cStride + V.Count);
        V.Store(c90, c + 9 * cStride);
        V.Store(c91, c + 9 * cStride + V.Count);
        V.Store(c100, c + 10 * cStride);
        V.Store(c101, c + 10 * cStride + V.Count);
        V.Store(c110, c + 11 * cStride);
        V.Store(c111, c + 11 * cStride + V.Count);
    }

    /// <summary>The tile of 8 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows8(int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate)
    {
        V c00 = V.Zero, c01 = V.Zero;
        V c10 = V.Zero, c11 = V.Zero;
        V c20 = V.Zero, c21 = V.Zero;
        V c30 = V.Zero, c31 = V.Zero;
        V c40 = V.Zero, c41 = V.Zero;
        V c50 = V.Zero, c51 = V.Zero;
        V c60 = V.Zero, c61 = V.Zero;
        V c70 = V.Zero, c71 = V.Zero;
        if (accumulate)
        {
            (c00, c01) = (V.Load(c), V.Load(c + V.Count));
            (c10, c11) = (V.Load(c + cStride), V.Load(c + cStride + V.Count));
            (c20, c21) = (V.Load(c + 2 * cStride), V.Load(c + 2 * cStride + V.Count));
            (c30, c31) = (V.Load(c + 3 * cStride), V.Load(c + 3 * cStride + V.Count));
            (c40, c41) = (V.Load(c + 4 * cStride), V.Load(c + 4 * cStride + V.Count));
            (c50, c51) = (V.Load(c + 5 * cStride), V.Load(c + 5 * cStride + V.Count));
            (c60, c61) = (V.Load(c + 6 * cStride), V.Load(c + 6 * cStride + V.Count));
            (c70, c71) = (V.Load(c + 7 * cStride), V.Load(c + 7 * cStride + V.Count));
        }
        T* a3 = a + 3 * rowStride;
        T* a6 = a3 + 3 * rowStride;
        nint twoRows = 2 * rowStride;
        for (int i = 0; i < k; i++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V s = V.Create(*a);
            c00 = V.MultiplyAdd(s, b0, c00);
            c01 = V.MultiplyAdd(s, b1, c01);
            s = V.Create(*(a + rowStride));
            c10 = V.MultiplyAdd(s, b0, c10);
            c11 = V.MultiplyAdd(s, b1, c11);
            s = V.Create(*(a + twoRows));
            c20 = V.MultiplyAdd(s, b0, c20);
            c21 = V.MultiplyAdd(s, b1, c21);
            s = V.Create(*a3);
            c30 = V.MultiplyAdd(s, b0, c30);
            c31 = V.MultiplyAdd(s, b1, c31);
            s = V.Create(*(a3 + rowStride));
            c40 = V.MultiplyAdd(s, b0, c40);
            c41 = V.MultiplyAdd(s, b1, c41);
            s = V.Create(*(a3 + twoRows));
            c50 = V.MultiplyAdd(s, b0, c50);
            c51 = V.MultiplyAdd(s, b1, c51);
            s = V.Create(*a6);
            c60 = V.MultiplyAdd(s, b0, c60);
            c61 = V.MultiplyAdd(s, b1, c61);
            s = V.Create(*(a6 + rowStride));
            c70 = V.MultiplyAdd(s, b0, c70);
            c71 = V.MultiplyAdd(s, b1, c71);
            a += stepStride;
            a3 += stepStride;
            a6 += stepStride;
            b += 2 * V.Count;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Count);
        V.Store(c10, c + cStride);
        V.Store(c11, c + cStride + V.Count);
        V.Store(c20, c + 2 * cStride);
        V.Store(c21, c + 2 * cStride + V.Count);
        V.Store(c30, c + 3 * cStride);
        V.Store(c31, c + 3 * cStride + V.Count);
        V.Store(c40, c + 4 * cStride);
        V.Store(c41, c + 4 * cStride + V.Count);
        V.Store(c50, c + 5 * cStride);
        V.Store(c51, c + 5 * cStride + V.Count);
        V.Store(c60, c + 6 * cStride);
        V.Store(c61, c + 6 * cStride + V.Count);
        V.Store(c70, c + 7 * cStride);
        V.Store(c71, c + 7 * cStride + V.Count);
    }

    /// <summary>The tile of 6 rows; it also prefetches the next data into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6(int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate,
        T* next, nint nextStep)
    {
        V c00 = V.Zero, c01 = V.Zero;
        V c10 = V.Zero, c11 = V.Zero;
        V c20 = V.Zero, c21 = V.Zero;
        V c30 = V.Zero, c31 = V.Zero;
        V c40 = V.Zero, c41 = V.Zero;
        V c50 = V.Zero, c51 = V.Zero;
        if (accumulate)
        {
            (c00, c01) = (V.Load(c), V.Load(c + V.Count));
            (c10, c11) = (V.Load(c + cStride), V.Load(c + cStride + V.Count));
            (c20, c21) = (V.Load(c + 2 * cStride), V.Load(c + 2 * cStride + V.Count));
            (c30, c31) = (V.Load(c + 3 * cStride), V.Load(c + 3 * cStride + V.Count));
            (c40, c41) = (V.Load(c + 4 * cStride), V.Load(c + 4 * cStride + V.Count));
            (c50, c51) = (V.Load(c + 5 * cStride), V.Load(c + 5 * cStride + V.Count));
        }
        T* a3 = a + 3 * rowStride;
        nint twoRows = 2 * rowStride;
        for (int i = 0; i < k; i++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            Prefetch.ToSecondLevel(next);
            V s = V.Create(*a);
            c00 = V.MultiplyAdd(s, b0, c00);
            c01 = V.MultiplyAdd(s, b1, c01);
            s = V.Create(*(a + rowStride));
            c10 = V.MultiplyAdd(s, b0, c10);
            c11 = V.MultiplyAdd(s, b1, c11);
            s = V.Create(*(a + twoRows));
            c20 = V.MultiplyAdd(s, b0, c20);
            c21 = V.MultiplyAdd(s, b1, c21);
            s = V.Create(*a3);
            c30 = V.MultiplyAdd(s, b0, c30);
            c31 = V.MultiplyAdd(s, b1, c31);
            s = V.Create(*(a3 + rowStride));
            c40 = V.MultiplyAdd(s, b0, c40);
            c41 = V.MultiplyAdd(s, b1, c41);
            s = V.Create(*(a3 + twoRows));
            c50 = V.MultiplyAdd(s, b0, c50);
            c51 = V.MultiplyAdd(s, b1, c51);
            a += stepStride;
            a3 += stepStride;
            b += 2 * V.Count;
            next += nextStep;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Count);
        V.Store(c10, c + cStride);
        V.Store(c11, c + cStride + V.Count);
        V.Store(c20, c + 2 * cStride);
        V.Store(c21, c + 2 * cStride + V.Count);
        V.Store(c30, c + 3 * cStride);
        V.Store(c31, c + 3 * cStride + V.Count);
        V.Store(c40, c + 4 * cStride);
        V.Store(c41, c + 4 * cStride + V.Count);
        V.Store(c50, c + 5 * cStride);
        V.Store(c51, c + 5 * cStride + V.Count);
    }

    /// <summary>The tile of 4 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4(int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate)
    {
        V c00 = V.Zero, c01 = V.Zero;
        V c10 = V.Zero, c11 = V.Zero;
        V c20 = V.Zero, c21 = V.Zero;
        V c30 = V.Zero, c31 = V.Zero;
        if (accumulate)
        {
            (c00, c01) = (V.Load(c), V.Load(c + V.Count));
            (c10, c11) = (V.Load(c + cStride), V.Load(c + cStride + V.Count));
            (c20, c21) = (V.Load(c + 2 * cStride), V.Load(c + 2 * cStride + V.Count));
            (c30, c31) = (V.Load(c + 3 * cStride), V.Load(c + 3 * cStride + V.Count));
        }
        T* a3 = a + 3 * rowStride;
        nint twoRows = 2 * rowStride;
        for (int i = 0; i < k; i++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V s = V.Create(*a);
            c00 = V.MultiplyAdd(s, b0, c00);
            c01 = V.MultiplyAdd(s, b1, c01);
            s = V.Create(*(a + rowStride));
            c10 = V.MultiplyAdd(s, b0, c10);
            c11 = V.MultiplyAdd(s, b1, c11);
            s = V.Create(*(a + twoRows));
            c20 = V.MultiplyAdd(s, b0, c20);
            c21 = V.MultiplyAdd(s, b1, c21);
            s = V.Create(*a3);
            c30 = V.MultiplyAdd(s, b0, c30);
            c31 = V.MultiplyAdd(s, b1, c31);
            a += stepStride;
            a3 += stepStride;
            b += 2 * V.Count;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Count);
        V.Store(c10, c + cStride);
        V.Store(c11, c + cStride + V.Count);
        V.Store(c20, c + 2 * cStride);
        V.Store(c21, c + 2 * cStride + V.Count);
        V.Store(c30, c + 3 * cStride);
        V.Store(c31, c + 3 * cStride + V.Count);
    }

    /// <summary>The tile of 2 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows2(int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate)
    {
        V c00 = V.Zero, c01 = V.Zero;
        V c10 = V.Zero, c11 = V.Zero;
        if (accumulate)
        {
            (c00, c01) = (V.Load(c), V.Load(c + V.Count));
            (c10, c11) = (V.Load(c + cStride), V.Load(c + cStride + V.Count));
        }
        for (int i = 0; i < k; i++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V s = V.Create(*a);
            c00 = V.MultiplyAdd(s, b0, c00);
            c01 = V.MultiplyAdd(s, b1, c01);
            s = V.Create(*(a + rowStride));
            c10 = V.MultiplyAdd(s, b0, c10);
            c11 = V.MultiplyAdd(s, b1, c11);
            a += stepStride;
            b += 2 * V.Count;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Count);
        V.Store(c10, c + cStride);
        V.Store(c11, c + cStride + V.Count);
    }

    /// <summary>The tile of 1 row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1(int k, T* a, nint rowStride, nint stepStride, T* b, T* c, nint cStride, bool accumulate)
    {
        V c00 = V.Zero, c01 = V.Zero;
        if (accumulate)
        {
            (c00, c01) = (V.Load(c), V.Load(c + V.Count));
        }
        for (int i = 0; i < k; i++)
        {
            V b0 = V.Load(b), b1 = V.Load(b + V.Count);
            V s = V.Create(*a);
            c00 = V.MultiplyAdd(s, b0, c00);
            c01 = V.MultiplyAdd(s, b1, c01);
            a += stepStride;
            b += 2 * V.Count;
        }
        V.Store(c00, c);
        V.Store(c01, c + V.Count);
    }
}
