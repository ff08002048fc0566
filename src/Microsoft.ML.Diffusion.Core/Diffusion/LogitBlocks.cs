using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// The arithmetic on a row of logits, block by block, so that a row is read from memory once: each block's sums are relative to the
/// block's own maximum and are joined in float64 afterwards. A block's result depends on its values alone, not on where it
/// lies in memory, so equal rows give equal bits. A NaN or +∞ makes its block's sums NaN.
/// </summary>
internal static unsafe class LogitBlocks
{
    /// <summary>How many logits share a maximum and a sum: 4 KiB, which stay in the first cache.</summary>
    public const int Length = 1024;

    /// <summary>The greatest logit of a block; <see cref="float.MinValue"/> where all are −∞, so that differences stay numbers.</summary>
    public static float Max(ReadOnlySpan<float> block)
    {
        fixed (float* x = block)
        {
            return Vector512.IsHardwareAccelerated ? Max<Lanes512>(x, block.Length)
                : Vector256.IsHardwareAccelerated ? Max<Lanes256>(x, block.Length)
                : Vector128.IsHardwareAccelerated ? Max<Lanes128>(x, block.Length)
                : Max<LanesSingle>(x, block.Length);
        }
    }

    /// <summary>Σ exp((logit − max) · scale).</summary>
    public static double SumExp(ReadOnlySpan<float> block, float max, float scale)
    {
        fixed (float* x = block)
        {
            return Vector512.IsHardwareAccelerated ? SumExp<Lanes512>(x, block.Length, max, scale)
                : Vector256.IsHardwareAccelerated ? SumExp<Lanes256>(x, block.Length, max, scale)
                : Vector128.IsHardwareAccelerated ? SumExp<Lanes128>(x, block.Length, max, scale)
                : SumExp<LanesSingle>(x, block.Length, max, scale);
        }
    }

    /// <summary>Σ exp(logit − max) · (logit − max), the part of an entropy.</summary>
    public static double SumExpTimes(ReadOnlySpan<float> block, float max)
    {
        fixed (float* x = block)
        {
            return Vector512.IsHardwareAccelerated ? SumExpTimes<Lanes512>(x, block.Length, max)
                : Vector256.IsHardwareAccelerated ? SumExpTimes<Lanes256>(x, block.Length, max)
                : Vector128.IsHardwareAccelerated ? SumExpTimes<Lanes128>(x, block.Length, max)
                : SumExpTimes<LanesSingle>(x, block.Length, max);
        }
    }

    /// <summary>Writes exp((logit − max) · scale); the two may be the same memory.</summary>
    public static void Exp(ReadOnlySpan<float> logits, float max, float scale, Span<float> weights)
    {
        fixed (float* x = logits)
        fixed (float* y = weights[..logits.Length])
        {
            if (Vector512.IsHardwareAccelerated)
                Exp<Lanes512>(x, logits.Length, max, scale, y);
            else if (Vector256.IsHardwareAccelerated)
                Exp<Lanes256>(x, logits.Length, max, scale, y);
            else if (Vector128.IsHardwareAccelerated)
                Exp<Lanes128>(x, logits.Length, max, scale, y);
            else
                Exp<LanesSingle>(x, logits.Length, max, scale, y);
        }
    }

    private static float Max<V>(float* x, int count) where V : unmanaged, ILanes<V, float>
    {
        // Four registers: a maximum waits for the one before it.
        V a = V.Create(float.MinValue), b = a, c = a, d = a;
        int i = 0;
        for (; i <= count - 4 * V.Count; i += 4 * V.Count)
        {
            a = V.Max(a, V.Load(x + i));
            b = V.Max(b, V.Load(x + i + V.Count));
            c = V.Max(c, V.Load(x + i + 2 * V.Count));
            d = V.Max(d, V.Load(x + i + 3 * V.Count));
        }
        for (; i < count; i += V.Count)
            a = V.Max(a, Load<V>(x + i, count - i, float.MinValue));
        return V.MaxAcross(V.Max(V.Max(a, b), V.Max(c, d)));
    }

    private static double SumExp<V>(float* x, int count, float max, float scale) where V : unmanaged, ILanes<V, float>
    {
        V shift = V.Create(max), factor = V.Create(scale), even = V.Zero, odd = V.Zero;
        int i = 0;
        for (; i <= count - 2 * V.Count; i += 2 * V.Count)
        {
            even += V.Exp((V.Load(x + i) - shift) * factor);
            odd += V.Exp((V.Load(x + i + V.Count) - shift) * factor);
        }
        for (; i < count; i += V.Count)
            even += V.Exp((Load<V>(x + i, count - i, float.NegativeInfinity) - shift) * factor);
        return V.Sum(even + odd);
    }

    private static double SumExpTimes<V>(float* x, int count, float max) where V : unmanaged, ILanes<V, float>
    {
        // Below −88 the exponential is 0, and the product must not be 0 · ∞.
        V shift = V.Create(max), least = V.Constant(-88), sum = V.Zero;
        for (int i = 0; i < count; i += V.Count)
        {
            V d = V.Max(Load<V>(x + i, count - i, float.NegativeInfinity) - shift, least);
            sum = V.MultiplyAdd(V.Exp(d), d, sum);
        }
        return V.Sum(sum);
    }

    private static void Exp<V>(float* x, int count, float max, float scale, float* y) where V : unmanaged, ILanes<V, float>
    {
        V shift = V.Create(max), factor = V.Create(scale);
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            V.Store(V.Exp((V.Load(x + i) - shift) * factor), y + i);
        if (i < count)
            Tail.Store(V.Exp((Tail.Load(x + i, count - i, shift) - shift) * factor), y + i, count - i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<V>(float* x, int count, float fill) where V : unmanaged, ILanes<V, float> =>
        count >= V.Count ? V.Load(x) : Tail.Load(x, count, V.Create(fill));
}
