using System.Diagnostics;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>Repeated measurements of a time.</summary>
/// <param name="MinimumMilliseconds">The shortest time.</param>
/// <param name="MedianMilliseconds">The median.</param>
/// <param name="Repeats">The number of times.</param>
internal readonly record struct Measurement(double MinimumMilliseconds, double MedianMilliseconds, int Repeats)
{
    private const int LeastRepeats = 9;
    private const int LeastWarmUps = 2;

    /// <summary>Units per second at the median, if each repetition did the given number.</summary>
    public double PerSecond(double units) => units / MedianMilliseconds * 1e3;

    /// <summary>GFLOP/s at the median, if each repetition did the given number of operations.</summary>
    public double Gflops(double operations) => PerSecond(operations) / 1e9;

    /// <summary>
    /// Repeats <paramref name="action"/> for about the given time, after a warm-up of a third of it (the runtime recompiles hot code).
    /// </summary>
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

    /// <summary>
    /// Repeats <paramref name="action"/> the given number of times, after a warm-up of two repetitions and at least a second.
    /// </summary>
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
    /// The same for several actions that are compared: they take turns, so that other work on the machine slows all of them. Each runs once
    /// before it is timed, so that caches and threads are its own.
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

    /// <summary>Creates a measurement from times.</summary>
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
