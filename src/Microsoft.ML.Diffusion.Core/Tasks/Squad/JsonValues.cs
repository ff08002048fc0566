using System.Text.Json;

namespace Microsoft.ML.Diffusion.Tasks.Squad;

/// <summary>Reads JSON, and JSON Lines: one value, or one after the other.</summary>
internal static class JsonValues
{
    /// <summary>Reads values. A bare <c>NaN</c> or <c>Infinity</c>, as Python writes where a value is missing, becomes null.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="read">Takes each value, and its line where there is more than one, else 0.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static void Read(byte[] utf8, Action<JsonElement, int> read)
    {
        List<(JsonDocument Document, int Line)> values;
        try
        {
            values = Parse(utf8);
        }
        catch (JsonException) when (WithoutNaN(utf8) is byte[] strict)
        {
            values = Parse(strict);
        }
        foreach ((JsonDocument document, int line) in values)
        {
            using (document)
                read(document.RootElement, values.Count == 1 ? 0 : line);
        }
    }

    private static List<(JsonDocument Document, int Line)> Parse(byte[] utf8)
    {
        var values = new List<(JsonDocument Document, int Line)>();
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { AllowMultipleValues = true });
        int line = 1, counted = 0;
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex;
            line += utf8.AsSpan(counted..start).Count((byte)'\n');
            counted = start;
            values.Add((JsonDocument.ParseValue(ref reader), line));
        }
        return values;
    }

    /// <summary>The text with null in the place of each such number; null where there is none.</summary>
    private static byte[]? WithoutNaN(ReadOnlySpan<byte> utf8)
    {
        var strict = new List<byte>(utf8.Length);
        bool found = false;
        for (int i = 0; i < utf8.Length;)
        {
            int length = LengthOfNumber(utf8[i..]);
            if (length > 0)
            {
                strict.AddRange("null"u8);
                found = true;
            }
            else
            {
                length = utf8[i] == (byte)'"' ? LengthOfText(utf8[i..]) : 1;
                strict.AddRange(utf8.Slice(i, length));
            }
            i += length;
        }
        return found ? [.. strict] : null;
    }

    private static int LengthOfNumber(ReadOnlySpan<byte> utf8) =>
        utf8.StartsWith("NaN"u8) ? 3 : utf8.StartsWith("Infinity"u8) ? 8 : utf8.StartsWith("-Infinity"u8) ? 9 : 0;

    private static int LengthOfText(ReadOnlySpan<byte> utf8)
    {
        int end = 1;
        while (end < utf8.Length && utf8[end] != (byte)'"')
            end += utf8[end] == (byte)'\\' ? 2 : 1;
        return Math.Min(end + 1, utf8.Length);
    }
}
