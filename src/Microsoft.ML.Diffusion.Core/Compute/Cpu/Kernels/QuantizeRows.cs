using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// Rounds each row of A [m × k] to 8-bit integers with its own scale, so that the greatest magnitude becomes 127, and adds
/// <see cref="Zero"/>, since the instruction multiplies unsigned by signed. Every instruction set rounds the same way, halves to even.
/// </summary>
internal unsafe struct QuantizeRows : IParallelBody
{
    /// <summary>The integer that represents zero.</summary>
    public const int Zero = 128;

    private const float Largest = 127;

    // 1.5 · 2^23: added to a number below 2^22, it leaves the nearest integer in the low bits.
    private const float Rounder = 12582912;
    private const int RowsInItem = 8;

    private float* _source;
    private byte* _target;
    private float* _scales;
    private int _m, _k, _depth;

    /// <summary>
    /// Rounds A, with contiguous rows, to <paramref name="target"/> [m × <see cref="QuantizedPanels.Depth"/> of k] and
    /// <paramref name="scales"/> [m].
    /// </summary>
    public static void Run(ParallelLoops loops, float* source, int m, int k, byte* target, float* scales) => loops.Run(
        (m + RowsInItem - 1) / RowsInItem,
        new QuantizeRows { _source = source, _target = target, _scales = scales, _m = m, _k = k, _depth = QuantizedPanels.Depth(k) });

    public readonly void Execute(int item, int worker)
    {
        for (int row = item * RowsInItem; row < Math.Min(_m, (item + 1) * RowsInItem); row++)
        {
            float* values = _source + (long)row * _k;
            byte* rounded = _target + (long)row * _depth;
            float scale = Math.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(values, _k))) / Largest;
            _scales[row] = scale; // NaN for a row with NaN, and so in its products
            Round(values, scale > 0 ? 1 / scale : 0, rounded);
            // The panels have zeros there, so these do not contribute.
            new Span<byte>(rounded + _k, _depth - _k).Fill(Zero);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Round(float* values, float inverse, byte* rounded)
    {
        int i = 0;
        if (Avx512F.IsSupported)
        {
            for (; i <= _k - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                Vector512<float> sum = Vector512.Load(values + i) * inverse + Vector512.Create(Rounder);
                Avx512F.ConvertToVector128Byte(sum.AsInt32() + Vector512.Create(Zero)).Store(rounded + i);
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            for (; i <= _k - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                Vector128<short> low = Vector128.Narrow(RoundFour(values + i, inverse), RoundFour(values + i + 4, inverse));
                Vector128<short> high = Vector128.Narrow(RoundFour(values + i + 8, inverse), RoundFour(values + i + 12, inverse));
                Vector128.Narrow(low, high).AsByte().Store(rounded + i);
            }
        }
        for (; i < _k; i++)
            rounded[i] = (byte)(BitConverter.SingleToInt32Bits(values[i] * inverse + Rounder) + Zero);
    }

    private static Vector128<int> RoundFour(float* values, float inverse) =>
        (Vector128.Load(values) * inverse + Vector128.Create(Rounder)).AsInt32() + Vector128.Create(Zero);
}
