using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>The form of every result: one JSON object a line, with <c>what</c>, <c>ms_min</c> and <c>ms_median</c> first.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string what, Measurement measurement, params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var line = new JsonObject
        {
            ["what"] = what,
            ["ms_min"] = Math.Round(measurement.MinimumMilliseconds, 4),
            ["ms_median"] = Math.Round(measurement.MedianMilliseconds, 4),
            ["repeats"] = measurement.Repeats,
        };
        foreach ((string name, JsonNode? value) in fields)
            line[name] = value;
        Console.WriteLine(line.ToJsonString(s_options));
    }
}
