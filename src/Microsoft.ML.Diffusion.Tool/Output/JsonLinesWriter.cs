using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Tool.Output;

/// <summary>Writes results as JSON Lines.</summary>
internal sealed class JsonLinesWriter(TextWriter output) : IResultWriter
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(Result result) => output.WriteLine(ToJson(result.Fields));

    public void Dispose()
    {
    }

    /// <summary>One object.</summary>
    public static string ToJson(IReadOnlyList<Field> fields)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, s_options))
            Write(writer, fields);
        return System.Text.Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case float number:
                WriteNumber(writer, Math.Round((double)number, 6));
                break;
            case double number:
                WriteNumber(writer, Math.Round(number, 6));
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case IReadOnlyList<Field> fields:
                writer.WriteStartObject();
                foreach (Field field in Field.WithDifferentNames(fields))
                {
                    writer.WritePropertyName(field.Name);
                    Write(writer, field.Value);
                }
                writer.WriteEndObject();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case System.Collections.IEnumerable values:
                writer.WriteStartArray();
                foreach (object? item in values)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
