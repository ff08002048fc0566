using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The transpose of 8 × 8 floats in registers (AVX).</summary>
internal static unsafe class Transpose8
{
    /// <summary>Row i of the target is column i of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float* source, nint sourceStride, float* target, nint targetStride)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + sourceStride);
        Vector256<float> r2 = Vector256.Load(source + 2 * sourceStride), r3 = Vector256.Load(source + 3 * sourceStride);
        source += 4 * sourceStride;
        Vector256<float> r4 = Vector256.Load(source), r5 = Vector256.Load(source + sourceStride);
        Vector256<float> r6 = Vector256.Load(source + 2 * sourceStride), r7 = Vector256.Load(source + 3 * sourceStride);
        // Pairs of rows, then fours, then the halves of the registers.
        (r0, r1) = (Avx.UnpackLow(r0, r1), Avx.UnpackHigh(r0, r1));
        (r2, r3) = (Avx.UnpackLow(r2, r3), Avx.UnpackHigh(r2, r3));
        (r4, r5) = (Avx.UnpackLow(r4, r5), Avx.UnpackHigh(r4, r5));
        (r6, r7) = (Avx.UnpackLow(r6, r7), Avx.UnpackHigh(r6, r7));
        (r0, r2, Vector256<float> s1, Vector256<float> s3) = (Low(r0, r2), High(r0, r2), Low(r1, r3), High(r1, r3));
        (r4, r6, Vector256<float> s5, Vector256<float> s7) = (Low(r4, r6), High(r4, r6), Low(r5, r7), High(r5, r7));
        Avx.Permute2x128(r0, r4, 0x20).Store(target);
        Avx.Permute2x128(r2, r6, 0x20).Store(target + targetStride);
        Avx.Permute2x128(s1, s5, 0x20).Store(target + 2 * targetStride);
        Avx.Permute2x128(s3, s7, 0x20).Store(target + 3 * targetStride);
        target += 4 * targetStride;
        Avx.Permute2x128(r0, r4, 0x31).Store(target);
        Avx.Permute2x128(r2, r6, 0x31).Store(target + targetStride);
        Avx.Permute2x128(s1, s5, 0x31).Store(target + 2 * targetStride);
        Avx.Permute2x128(s3, s7, 0x31).Store(target + 3 * targetStride);
    }

    private static Vector256<float> Low(Vector256<float> a, Vector256<float> b) => Avx.UnpackLow(a.AsDouble(), b.AsDouble()).AsSingle();

    private static Vector256<float> High(Vector256<float> a, Vector256<float> b) => Avx.UnpackHigh(a.AsDouble(), b.AsDouble()).AsSingle();
}
