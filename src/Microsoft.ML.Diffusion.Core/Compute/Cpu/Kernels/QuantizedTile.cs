using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The innermost loops of a quantized product: some rows of A times one panel of B, in exact 32-bit sums, which are then scaled. 6 rows × 2
/// registers are what fits in the 16 registers of AVX-VNNI's encoding.
/// </summary>
internal static unsafe class QuantizedTile
{
    private const int Lanes = 8;
    private const int Step = QuantizedPanels.Width * QuantizedPanels.Group;

    /// <summary>C = (A · panel − offsets) · row scales · column scales, for any number of rows.</summary>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, a multiple of <see cref="QuantizedPanels.Group"/>.</param>
    /// <param name="a">A, with rows at a stride of <paramref name="depth"/>.</param>
    /// <param name="rowScales">The scales of A's rows.</param>
    /// <param name="b">The panel.</param>
    /// <param name="columnScales">The scales of the panel's columns.</param>
    /// <param name="offsets">Subtracted from the columns' sums.</param>
    /// <param name="c">C, <see cref="QuantizedPanels.Width"/> columns.</param>
    /// <param name="cStride">The stride of C's rows.</param>
    public static void Rows(int rows, int depth, byte* a, float* rowScales, sbyte* b, float* columnScales, int* offsets,
        float* c, nint cStride)
    {
        int row = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; row <= rows - 6; row += 6)
                Rows6(depth, a + (nint)row * depth, rowScales + row, b, columnScales, offsets, c + row * cStride, cStride);
            for (; row < rows; row++)
                Rows1(depth, a + (nint)row * depth, rowScales[row], b, columnScales, offsets, c + row * cStride);
            return;
        }
        for (; row < rows; row++)
            Narrow(depth, a + (nint)row * depth, rowScales[row], b, columnScales, offsets, c + row * cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6(int depth, byte* a, float* rowScales, sbyte* b, float* columnScales, int* offsets, float* c, nint cStride)
    {
        Vector256<int> c00 = -Vector256.Load(offsets), c01 = -Vector256.Load(offsets + Lanes);
        Vector256<int> c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01;
        nint stride = depth;
        byte* a3 = a + 3 * stride;
        for (byte* end = a + depth; a < end; a += QuantizedPanels.Group, a3 += QuantizedPanels.Group, b += Step)
        {
            Vector256<sbyte> b0 = Vector256.Load(b), b1 = Vector256.Load(b + Step / 2);
            Vector256<byte> s = Vector256.Create(*(int*)a).AsByte();
            c00 = Dot(c00, s, b0);
            c01 = Dot(c01, s, b1);
            s = Vector256.Create(*(int*)(a + stride)).AsByte();
            c10 = Dot(c10, s, b0);
            c11 = Dot(c11, s, b1);
            s = Vector256.Create(*(int*)(a + 2 * stride)).AsByte();
            c20 = Dot(c20, s, b0);
            c21 = Dot(c21, s, b1);
            s = Vector256.Create(*(int*)a3).AsByte();
            c30 = Dot(c30, s, b0);
            c31 = Dot(c31, s, b1);
            s = Vector256.Create(*(int*)(a3 + stride)).AsByte();
            c40 = Dot(c40, s, b0);
            c41 = Dot(c41, s, b1);
            s = Vector256.Create(*(int*)(a3 + 2 * stride)).AsByte();
            c50 = Dot(c50, s, b0);
            c51 = Dot(c51, s, b1);
        }
        Store(c00, c01, rowScales[0], columnScales, c);
        Store(c10, c11, rowScales[1], columnScales, c + cStride);
        Store(c20, c21, rowScales[2], columnScales, c + 2 * cStride);
        Store(c30, c31, rowScales[3], columnScales, c + 3 * cStride);
        Store(c40, c41, rowScales[4], columnScales, c + 4 * cStride);
        Store(c50, c51, rowScales[5], columnScales, c + 5 * cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows1(int depth, byte* a, float rowScale, sbyte* b, float* columnScales, int* offsets, float* c)
    {
        Vector256<int> c0 = -Vector256.Load(offsets), c1 = -Vector256.Load(offsets + Lanes);
        for (byte* end = a + depth; a < end; a += QuantizedPanels.Group, b += Step)
        {
            Vector256<byte> s = Vector256.Create(*(int*)a).AsByte();
            c0 = Dot(c0, s, Vector256.Load(b));
            c1 = Dot(c1, s, Vector256.Load(b + Step / 2));
        }
        Store(c0, c1, rowScale, columnScales, c);
    }

    /// <summary>One row, for processors without 256-bit registers.</summary>
    private static void Narrow(int depth, byte* a, float rowScale, sbyte* b, float* columnScales, int* offsets, float* c)
    {
        for (int column = 0; column < QuantizedPanels.Width; column += Vector128<int>.Count)
        {
            Vector128<int> sum = -Vector128.Load(offsets + column);
            sbyte* step = b + column * QuantizedPanels.Group;
            for (int i = 0; i < depth; i += QuantizedPanels.Group, step += Step)
            {
                Vector128<ushort> s = Vector128.Create(*(int*)(a + i)).AsUInt16();
                Vector128<short> w = Vector128.Load(step).AsInt16();
                // The product of a byte and a signed byte always fits in 16 bits.
                Vector128<int> even = ((s & Vector128.Create((ushort)0xFF)).AsInt16() * (w << 8 >> 8)).AsInt32(),
                    odd = ((s >> 8).AsInt16() * (w >> 8)).AsInt32();
                sum += (even << 16 >> 16) + (even >> 16) + (odd << 16 >> 16) + (odd >> 16);
            }
            (Vector128.ConvertToSingle(sum) * (Vector128.Load(columnScales + column) * rowScale)).Store(c + column);
        }
    }

    /// <summary>Each lane of <paramref name="sum"/> plus the four products of its bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<int> sum, Vector256<byte> a, Vector256<sbyte> b)
    {
        if (AvxVnni.IsSupported)
            return AvxVnni.MultiplyWideningAndAdd(sum, a, b);
        // Bytes at even and odd positions as 16-bit integers, so that nothing saturates.
        Vector256<short> evenA = (a.AsUInt16() & Vector256.Create((ushort)0xFF)).AsInt16(), oddA = (a.AsUInt16() >> 8).AsInt16();
        Vector256<short> evenB = b.AsInt16() << 8 >> 8, oddB = b.AsInt16() >> 8;
        return sum + (Avx2.MultiplyAddAdjacent(evenA, evenB) + Avx2.MultiplyAddAdjacent(oddA, oddB));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> low, Vector256<int> high, float rowScale, float* columnScales, float* c)
    {
        (Vector256.ConvertToSingle(low) * (Vector256.Load(columnScales) * rowScale)).Store(c);
        (Vector256.ConvertToSingle(high) * (Vector256.Load(columnScales + Lanes) * rowScale)).Store(c + Lanes);
    }
}
