using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// vocab.json: an object of spellings and ids, in any order. Ids may have holes; of a spelling that occurs twice the later id counts, as
/// JSON readers have it; an id with two spellings is decoded by the later.
/// </summary>
internal static class VocabularyJson
{
    /// <summary>
    /// Reads a vocabulary from an object; the reader is on the object's opening brace, and on its closing brace afterwards.
    /// </summary>
    /// <param name="reader">The reader.</param>
    /// <param name="source">The name of the file, for messages.</param>
    public static Vocabulary Read(ref Utf8JsonReader reader, string source)
    {
        Utf8JsonReader counting = reader;
        int count = 0, bytes = 0;
        while (counting.Read() && counting.TokenType == JsonTokenType.PropertyName)
        {
            // Unescaping never lengthens a spelling.
            bytes += counting.ValueSpan.Length;
            count++;
            counting.Read();
            if (counting.TokenType != JsonTokenType.Number)
                throw new TokenizerException(
                    $"{source}: the id of the token '{Messages.Shorten(counting.ValueSpan)}' (byte {counting.TokenStartIndex}) is not a " +
                    "number. Expected an object of tokens and their ids.");
        }

        if (count == 0)
        {
            throw new TokenizerException(
                $"{source}: the vocabulary has no tokens; expected an object of tokens and their ids. Download the file again, or copy it " +
                "from the model.");
        }
        var builder = new Vocabulary.Builder(source, count, bytes);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int length = reader.CopyString(builder.Free);
            reader.Read();
            if (!reader.TryGetInt64(out long id))
                throw new TokenizerException(
                    $"{source}: the id {Messages.Shorten(reader.ValueSpan)} of the token '{Messages.Shorten(builder.Free[..length])}' is " +
                    "not a whole number. Ids are 0, 1, 2, ….");
            builder.AddWritten(length, id);
        }
        return builder.Build();
    }

    /// <summary>Reads a file.</summary>
    public static Vocabulary Read(ReadOnlySpan<byte> utf8, string source) =>
        Json.Guard(source, utf8, (ref Utf8JsonReader reader) =>
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new TokenizerException($"{source}: starts with {reader.TokenType}, not with an object of tokens and their ids.");
            Vocabulary vocabulary = Read(ref reader, source);
            reader.Read();
            return vocabulary;
        });

    /// <summary>Writes the object, in the order of ids; each spelling once, with the id that text gets.</summary>
    public static void Write(Utf8JsonWriter writer, Vocabulary vocabulary)
    {
        writer.WriteStartObject();
        foreach (int entry in vocabulary.Entries())
        {
            int id = vocabulary.EntryId(entry);
            ReadOnlySpan<byte> spelling = vocabulary.EntrySpelling(entry);
            if (vocabulary.Find(spelling) == id)
                writer.WriteNumber(spelling, id);
        }
        writer.WriteEndObject();
    }

    /// <summary>Writes a file.</summary>
    public static byte[] Write(Vocabulary vocabulary) => Json.Write(writer => Write(writer, vocabulary));
}
