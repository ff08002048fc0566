using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>vocab.json: an object of spellings and ids.</summary>
internal static class VocabularyJson
{
    /// <summary>
    /// Reads a vocabulary from an object; the reader is on the object's opening brace, and on its closing brace afterwards.
    /// </summary>
    /// <param name="reader">The reader.</param>
    /// <param name="source">The name of the file, for messages.</param>
    /// <param name="added">Tokens that belong to the vocabulary even if the object does not list them.</param>
    public static Vocabulary Read(ref Utf8JsonReader reader, string source, IReadOnlyList<AddedToken> added)
    {
        Utf8JsonReader counting = reader;
        int count = added.Count, bytes = 0;
        while (counting.Read() && counting.TokenType == JsonTokenType.PropertyName)
        {
            // Unescaping never lengthens a spelling.
            bytes += counting.ValueSpan.Length;
            count++;
            counting.Read();
            if (counting.TokenType != JsonTokenType.Number)
                throw new TokenizerException(
                    $"{source}: the id of the token '{Messages.Shorten(counting.ValueSpan)}' (byte {counting.TokenStartIndex}) is not a " +
                    $"number. Expected an object of tokens and their ids.");
        }
        foreach (AddedToken token in added)
            bytes += token.Utf8.Length;

        var builder = new Vocabulary.Builder(source, count, bytes);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int length = reader.CopyString(builder.Free);
            reader.Read();
            if (!reader.TryGetInt64(out long id))
                throw new TokenizerException(
                    $"{source}: the id {Messages.Shorten(reader.ValueSpan)} of the token '{Messages.Shorten(builder.Free[..length])}' is " +
                    $"not a whole number. Ids are 0, 1, 2, ….");
            builder.AddWritten(length, id);
        }
        foreach (AddedToken token in added)
        {
            int id = builder.Find(token.Utf8);
            if (id < 0)
                builder.Add(token.Utf8, token.Id);
            else if (id != token.Id)
                throw new TokenizerException(
                    $"{source}: the added token '{token.Content}' has the id {token.Id}, but the vocabulary gives it the id {id}. " +
                    $"Make them agree.");
        }
        return builder.Build();
    }

    /// <summary>Reads a file.</summary>
    public static Vocabulary Read(ReadOnlySpan<byte> utf8, string source, IReadOnlyList<AddedToken> added) =>
        Json.Guard(source, utf8, (ref Utf8JsonReader reader) =>
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
                throw new TokenizerException($"{source}: starts with {reader.TokenType}, not with an object of tokens and their ids.");
            Vocabulary vocabulary = Read(ref reader, source, added);
            reader.Read();
            return vocabulary;
        });

    /// <summary>Writes the object, in the order of ids.</summary>
    public static void Write(Utf8JsonWriter writer, Vocabulary vocabulary)
    {
        writer.WriteStartObject();
        for (int id = 0; id < vocabulary.Count; id++)
            writer.WriteNumber(vocabulary.Spelling(id), id);
        writer.WriteEndObject();
    }

    /// <summary>Writes a file.</summary>
    public static byte[] Write(Vocabulary vocabulary) => Json.Write(writer => Write(writer, vocabulary));
}
