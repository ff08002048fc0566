using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Compute.Host;

/// <summary>
/// Arithmetic on a row of logits, block by block, so that a row is read from memory once: each block's sums are relative to the block's own
/// maximum and are combined in float64 afterwards. A block's result depends on its values alone, not on its address, so equal rows give
/// equal bits. A NaN or +∞ makes its block's sums NaN.
/// </summary>
internal static unsafe class LogitBlocks
{
    /// <summary>The number of logits that share a maximum and a sum: 4 KiB, which stay in the first-level cache.</summary>
    public const int Length = 1024;

    /// <summary>The number of thresholds in a call of <see cref="AddMasses"/>.</summary>
    public const int Thresholds = 7;

    /// <summary>The greatest logit of a block; <see cref="float.MinValue"/> if all are −∞, so that differences are not NaN.</summary>
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

    /// <summary>Writes exp((logit − max) · scale); source and target may be the same memory.</summary>
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

    /// <summary>The sum of a block.</summary>
    public static double Sum(ReadOnlySpan<float> weights)
    {
        fixed (float* x = weights)
        {
            return Vector512.IsHardwareAccelerated ? Sum<Lanes512>(x, weights.Length)
                : Vector256.IsHardwareAccelerated ? Sum<Lanes256>(x, weights.Length)
                : Vector128.IsHardwareAccelerated ? Sum<Lanes128>(x, weights.Length)
                : Sum<LanesSingle>(x, weights.Length);
        }
    }

    /// <summary>Adds to each mass the sum of a block's weights that are at least its threshold.</summary>
    /// <param name="weights">The block, 0 or more each.</param>
    /// <param name="thresholds">The thresholds, [<see cref="Thresholds"/>].</param>
    /// <param name="masses">The masses, [<see cref="Thresholds"/>].</param>
    public static void AddMasses(ReadOnlySpan<float> weights, ReadOnlySpan<float> thresholds, Span<double> masses)
    {
        fixed (float* x = weights)
        {
            if (Vector512.IsHardwareAccelerated)
                AddMasses<Lanes512>(x, weights.Length, thresholds, masses);
            else if (Vector256.IsHardwareAccelerated)
                AddMasses<Lanes256>(x, weights.Length, thresholds, masses);
            else if (Vector128.IsHardwareAccelerated)
                AddMasses<Lanes128>(x, weights.Length, thresholds, masses);
            else
                AddMasses<LanesSingle>(x, weights.Length, thresholds, masses);
        }
    }

    /// <summary>The number of logits that are at least a threshold.</summary>
    public static int Count(ReadOnlySpan<float> logits, float threshold)
    {
        Vector256<float> least = Vector256.Create(threshold);
        int count = 0, i = 0;
        for (; i <= logits.Length - Vector256<float>.Count; i += Vector256<float>.Count)
            count += BitOperations.PopCount(Vector256.GreaterThanOrEqual(Vector256.Create(logits[i..]), least)
                .ExtractMostSignificantBits());
        for (; i < logits.Length; i++)
            count += logits[i] >= threshold ? 1 : 0;
        return count;
    }

    /// <summary>
    /// Writes the indices, ascending, of the values that are at least the first limit and below the second, and returns their number.
    /// </summary>
    public static int Gather(ReadOnlySpan<float> values, float least, float limit, Span<int> places)
    {
        Vector256<float> first = Vector256.Create(least), second = Vector256.Create(limit);
        int count = 0, i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> v = Vector256.Create(values[i..]);
            uint within = (Vector256.GreaterThanOrEqual(v, first) & Vector256.LessThan(v, second)).ExtractMostSignificantBits();
            for (; within != 0; within &= within - 1)
                places[count++] = i + BitOperations.TrailingZeroCount(within);
        }
        for (; i < values.Length; i++)
        {
            if (values[i] >= least && values[i] < limit)
                places[count++] = i;
        }
        return count;
    }

    /// <summary>Sets the weights below a threshold to 0.</summary>
    public static void ClearBelow(Span<float> weights, float threshold)
    {
        fixed (float* x = weights)
        {
            if (Vector512.IsHardwareAccelerated)
                ClearBelow<Lanes512>(x, weights.Length, threshold);
            else if (Vector256.IsHardwareAccelerated)
                ClearBelow<Lanes256>(x, weights.Length, threshold);
            else if (Vector128.IsHardwareAccelerated)
                ClearBelow<Lanes128>(x, weights.Length, threshold);
            else
                ClearBelow<LanesSingle>(x, weights.Length, threshold);
        }
    }

    private static float Max<V>(float* x, int count) where V : unmanaged, ILanes<V, float>
    {
        // Four registers, since each maximum waits for the previous one.
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

    private static double Sum<V>(float* x, int count) where V : unmanaged, ILanes<V, float>
    {
        V sum = V.Zero;
        for (int i = 0; i < count; i += V.Count)
            sum += Load<V>(x + i, count - i, 0);
        return V.Sum(sum);
    }

    private static void AddMasses<V>(float* x, int count, ReadOnlySpan<float> thresholds, Span<double> masses)
        where V : unmanaged, ILanes<V, float>
    {
        V t0 = V.Create(thresholds[0]), t1 = V.Create(thresholds[1]), t2 = V.Create(thresholds[2]), t3 = V.Create(thresholds[3]);
        V t4 = V.Create(thresholds[4]), t5 = V.Create(thresholds[5]), t6 = V.Create(thresholds[6]);
        V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero, a4 = V.Zero, a5 = V.Zero, a6 = V.Zero;
        for (int i = 0; i < count; i += V.Count)
        {
            V w = Load<V>(x + i, count - i, 0);
            a0 += V.SelectLess(w, t0, V.Zero, w);
            a1 += V.SelectLess(w, t1, V.Zero, w);
            a2 += V.SelectLess(w, t2, V.Zero, w);
            a3 += V.SelectLess(w, t3, V.Zero, w);
            a4 += V.SelectLess(w, t4, V.Zero, w);
            a5 += V.SelectLess(w, t5, V.Zero, w);
            a6 += V.SelectLess(w, t6, V.Zero, w);
        }
        masses[0] += V.Sum(a0);
        masses[1] += V.Sum(a1);
        masses[2] += V.Sum(a2);
        masses[3] += V.Sum(a3);
        masses[4] += V.Sum(a4);
        masses[5] += V.Sum(a5);
        masses[6] += V.Sum(a6);
    }

    private static void ClearBelow<V>(float* x, int count, float threshold) where V : unmanaged, ILanes<V, float>
    {
        V least = V.Create(threshold);
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
        {
            V w = V.Load(x + i);
            V.Store(V.SelectLess(w, least, V.Zero, w), x + i);
        }
        for (; i < count; i++)
            x[i] = x[i] < threshold ? 0 : x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<V>(float* x, int count, float fill) where V : unmanaged, ILanes<V, float> =>
        count >= V.Count ? V.Load(x) : Tail.Load(x, count, V.Create(fill));
}
