using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>How long something took, over and over.</summary>
/// <param name="MinimumMilliseconds">The shortest time.</param>
/// <param name="MedianMilliseconds">The median.</param>
/// <param name="Repeats">The number of times.</param>
internal readonly record struct Measurement(double MinimumMilliseconds, double MedianMilliseconds, int Repeats)
{
    private const int LeastRepeats = 9;
    private const int LeastWarmUps = 2;

    /// <summary>Units a second at the median, where each time did that many.</summary>
    public double PerSecond(double units) => units / MedianMilliseconds * 1e3;

    /// <summary>GFLOP/s at the median, where each time did that many operations.</summary>
    public double Gflops(double operations) => PerSecond(operations) / 1e9;

    /// <summary>Repeats <paramref name="action"/> for about that long, after a warm-up of a third of it (the runtime compiles hot code anew).</summary>
    public static Measurement Of(Action action, double seconds)
    {
        long warm = Stopwatch.GetTimestamp();
        do
            action();
        while (Stopwatch.GetElapsedTime(warm).TotalSeconds < seconds / 3);

        List<double> times = [];
        long start = Stopwatch.GetTimestamp();
        while (times.Count < LeastRepeats || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            times.Add(Time(action));
        return From(times);
    }

    /// <summary>Repeats <paramref name="action"/> that often, after a warm-up of two and at least a second.</summary>
    public static Measurement Of(Action action, int runs)
    {
        long warm = Stopwatch.GetTimestamp();
        for (int i = 0; i < LeastWarmUps || Stopwatch.GetElapsedTime(warm).TotalSeconds < 1; i++)
            action();

        List<double> times = [];
        while (times.Count < runs)
            times.Add(Time(action));
        return From(times);
    }

    /// <summary>
    /// The same for several actions that are compared: each in its turn, so that a machine that is busy for a while slows all of them; and
    /// once before it is timed, so that caches and threads are its own.
    /// </summary>
    public static Measurement[] InTurn(int runs, params Action[] actions)
    {
        long warm = Stopwatch.GetTimestamp();
        for (int i = 0; i < LeastWarmUps || Stopwatch.GetElapsedTime(warm).TotalSeconds < actions.Length; i++)
        {
            foreach (Action action in actions)
                action();
        }

        var times = Array.ConvertAll(actions, _ => new List<double>());
        for (int run = 0; run < runs; run++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                actions[i]();
                times[i].Add(Time(actions[i]));
            }
        }
        return Array.ConvertAll(times, From);
    }

    /// <summary>Of times that were taken.</summary>
    public static Measurement From(IEnumerable<double> times)
    {
        double[] ordered = [.. times.Order()];
        return new(ordered[0], ordered[ordered.Length / 2], ordered.Length);
    }

    private static double Time(Action action)
    {
        long before = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(before).TotalMilliseconds;
    }
}
