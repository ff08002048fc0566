using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>Reads and writes JSON; errors are <see cref="TokenizerException"/>s.</summary>
internal static class Json
{
    /// <summary>The deepest nesting allowed.</summary>
    public const int MaxDepth = 32;

    /// <summary>Reads a value from a reader that is before the first token.</summary>
    public delegate T Body<out T>(ref Utf8JsonReader reader);

    /// <summary>
    /// Runs a read, converts the JSON reader's exceptions to <see cref="TokenizerException"/>, and checks that only whitespace is left.
    /// </summary>
    public static T Guard<T>(string source, ReadOnlySpan<byte> utf8, Body<T> body)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            T result = body(ref reader);
            while (reader.Read())
            {
            }
            return result;
        }
        catch (JsonException exception)
        {
            throw NotJson(source, exception);
        }
        catch (InvalidOperationException exception)
        {
            // The reader throws these for text that is not UTF-8 and for escaped halves of characters.
            throw new TokenizerException(
                $"{source}, near byte {reader.TokenStartIndex}: {exception.Message} Check that the file is complete.", exception);
        }
    }

    /// <summary>Parses a small object.</summary>
    public static JsonDocument ParseObject(string source, ReadOnlyMemory<byte> utf8)
    {
        JsonDocument document = Parse(source, utf8);
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        using (document)
            throw new TokenizerException($"{source}: starts with {document.RootElement.ValueKind}, not with an object.");
    }

    /// <summary>Parses a small document.</summary>
    public static JsonDocument Parse(string source, ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        // The document validates strings only when they are read, so it would throw late.
        if (!Utf8.IsValid(utf8.Span))
            throw new TokenizerException($"{source} is not UTF-8. Check that the file is complete.");
        Guard(source, utf8.Span, static (ref Utf8JsonReader reader) =>
        {
            bool any = false;
            while (reader.Read())
                any |= reader.ValueIsEscaped && reader.GetString() is not null;
            return any;
        });
        try
        {
            return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException exception)
        {
            throw NotJson(source, exception);
        }
    }

    /// <summary>The places of an object's members in the file, without parsing their values.</summary>
    public static Dictionary<string, ReadOnlyMemory<byte>> Members(string source, ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        return Guard(source, utf8.Span, (ref Utf8JsonReader reader) =>
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new TokenizerException($"{source}: starts with {reader.TokenType}, not with an object.");
            var members = new Dictionary<string, ReadOnlyMemory<byte>>();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (members.Count == 100)
                    throw new TokenizerException($"{source}: has more than 100 members; expected fewer. Check that it is the right file.");
                reader.Read();
                int start = checked((int)reader.TokenStartIndex);
                reader.Skip();
                if (!members.TryAdd(name, utf8[start..checked((int)reader.BytesConsumed)]))
                    throw new TokenizerException($"{source}: has two members named '{name}'; expected one. Use the file as it was saved.");
            }
            return members;
        });
    }

    /// <summary>A property that is a text, else null.</summary>
    public static string? Text(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out JsonElement text) &&
            text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    /// <summary>A property that is a Boolean, else null.</summary>
    public static bool? Flag(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out JsonElement flag) &&
            flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : null;

    /// <summary>A property that is a whole number, else null.</summary>
    public static int? WholeNumber(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) &&
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;

    // The reader's message may quote the rest of the file.
    private static TokenizerException NotJson(string source, JsonException exception) => new(
        $"{source} is not valid JSON, at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}: " +
            $"{Messages.Shorten(exception.Message, 160)} Check that the file is complete.", exception);

    /// <summary>Writes UTF-8, with characters beyond ASCII unescaped.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            body(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
