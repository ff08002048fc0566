using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>Reading and writing JSON with errors of this folder's own kind.</summary>
internal static class Json
{
    /// <summary>The deepest nesting that is read.</summary>
    public const int MaxDepth = 32;

    /// <summary>Reads something from a reader that stands before the first token.</summary>
    public delegate T Body<out T>(ref Utf8JsonReader reader);

    /// <summary>Runs a reading, turning the JSON reader's exceptions into <see cref="TokenizerException"/>, and sees that nothing but white space is left.</summary>
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
            throw new TokenizerException($"{source} is not the JSON it must be: {exception.Message} Check that the file is whole.", exception);
        }
        catch (InvalidOperationException exception)
        {
            // What the reader throws for text that is not UTF-8 and for escaped halves of characters.
            throw new TokenizerException($"{source}, near byte {reader.TokenStartIndex}: {exception.Message} Check that the file is whole.", exception);
        }
    }

    /// <summary>Writes UTF-8, characters beyond ASCII as they are.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            body(writer);
        return buffer.WrittenSpan.ToArray();
    }
}
