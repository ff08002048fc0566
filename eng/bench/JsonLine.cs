using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The form of every result: one JSON object per line, with <c>what</c>, <c>ms_min</c> and <c>ms_median</c> first.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string what, Measurement measurement, params ReadOnlySpan<(string Name, JsonNode? Value)> fields) =>
        Write(what,
    [
        ("ms_min", Math.Round(measurement.MinimumMilliseconds, 4)), ("ms_median", Math.Round(measurement.MedianMilliseconds, 4)),
        ("repeats", measurement.Repeats), .. fields,
    ]);

    /// <summary>A result that is not a time.</summary>
    public static void Write(string what, params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var line = new JsonObject { ["what"] = what };
        foreach ((string name, JsonNode? value) in fields)
            line[name] = value;
        Console.WriteLine(line.ToJsonString(s_options));
    }

    /// <summary>The speed at the median, for the operations in that time, and its share of the peak of multiply-adds.</summary>
    public static (string Name, JsonNode? Value)[] OfPeak(Measurement measurement, double operations, double peak) =>
    [
        ("gflops", Math.Round(measurement.Gflops(operations), 1)), ("fma_peak_gflops", Math.Round(peak, 1)),
        ("of_peak", Math.Round(measurement.Gflops(operations) / peak, 3)),
    ];
}
