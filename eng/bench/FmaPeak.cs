using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>
/// The processor's peak rate of multiply-adds: independent accumulators of the widest vector, no memory access, all threads at once. Matrix
/// products are compared with it.
/// </summary>
internal static class FmaPeak
{
    private const int Accumulators = 12;
    private const int StepsInTrial = 1 << 20;

    /// <summary>A measurement and the peak in the same run: the larger of the peaks before it and after it.</summary>
    public static (T Measured, double Peak) Around<T>(int threads, Func<T> measure)
    {
        double before = Measure(threads);
        T measured = measure();
        return (measured, Math.Max(before, Measure(threads)));
    }

    /// <summary>The best of several short trials, in GFLOP/s (a multiply-add is two).</summary>
    public static double Measure(int threads, int trials = 40)
    {
        (Action<int> loop, int lanes) = CpuEngine.InstructionSet switch
        {
            "AVX-512" => ((Action<int>)Loop<Lanes512>, Lanes512.Count),
            "AVX2" => (Loop<Lanes256>, Lanes256.Count),
            "Vector128" => (Loop<Lanes128>, Lanes128.Count),
            _ => (Loop<LanesSingle>, LanesSingle.Count),
        };
        loop(1);
        double best = 0;
        using var barrier = new Barrier(threads + 1);
        long[] starts = new long[threads], ends = new long[threads];
        Thread[] others = [.. Enumerable.Range(0, threads).Select(index => new Thread(() =>
        {
            for (int trial = 0; trial < trials; trial++)
            {
                barrier.SignalAndWait();
                starts[index] = Stopwatch.GetTimestamp();
                loop(StepsInTrial);
                ends[index] = Stopwatch.GetTimestamp();
                barrier.SignalAndWait();
            }
        }))];
        foreach (Thread thread in others)
            thread.Start();
        for (int trial = 0; trial < trials; trial++)
        {
            barrier.SignalAndWait();
            barrier.SignalAndWait();
            double seconds = Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;
            best = Math.Max(best, 2.0 * Accumulators * lanes * StepsInTrial * threads / seconds / 1e9);
        }
        foreach (Thread thread in others)
            thread.Join();
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Loop<V>(int steps) where V : unmanaged, ILanes<V, float>
    {
        V factor = V.Constant(1 - 1e-6), term = V.Constant(1e-6);
        V a0 = V.Zero, a1 = V.Zero, a2 = V.Zero, a3 = V.Zero, a4 = V.Zero, a5 = V.Zero;
        V a6 = V.Zero, a7 = V.Zero, a8 = V.Zero, a9 = V.Zero, a10 = V.Zero, a11 = V.Zero;
        for (int i = 0; i < steps; i++)
        {
            a0 = V.MultiplyAdd(a0, factor, term);
            a1 = V.MultiplyAdd(a1, factor, term);
            a2 = V.MultiplyAdd(a2, factor, term);
            a3 = V.MultiplyAdd(a3, factor, term);
            a4 = V.MultiplyAdd(a4, factor, term);
            a5 = V.MultiplyAdd(a5, factor, term);
            a6 = V.MultiplyAdd(a6, factor, term);
            a7 = V.MultiplyAdd(a7, factor, term);
            a8 = V.MultiplyAdd(a8, factor, term);
            a9 = V.MultiplyAdd(a9, factor, term);
            a10 = V.MultiplyAdd(a10, factor, term);
            a11 = V.MultiplyAdd(a11, factor, term);
        }
        V sum = a0 + a1 + a2 + a3 + a4 + a5 + (a6 + a7 + a8 + a9 + a10 + a11);
        GC.KeepAlive(V.Sum(sum) > 1e30f ? s_never : null);
    }

    private static readonly object s_never = new();
}
