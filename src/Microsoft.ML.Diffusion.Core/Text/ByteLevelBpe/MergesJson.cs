using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>The merges of tokenizer.json: an array of texts with two spellings separated by a space, or of pairs of texts.</summary>
internal static class MergesJson
{
    /// <summary>Reads the array.</summary>
    public static BpeMerges Read(ReadOnlySpan<byte> utf8, string source, Vocabulary vocabulary)
    {
        int count = Json.Guard(source, utf8, (ref Utf8JsonReader reader) => Count(ref reader, source));
        return Json.Guard(source, utf8, (ref Utf8JsonReader reader) =>
        {
            var builder = new BpeMergesBuilder(source, vocabulary, count);
            // The longest possible merge, and a space; a longer one is useless.
            byte[] pair = new byte[2 * vocabulary.LongestSpelling + 1];
            reader.Read();
            for (int number = 1; reader.Read() && reader.TokenType != JsonTokenType.EndArray; number++)
            {
                if (reader.TokenType == JsonTokenType.String)
                {
                    builder.Add(pair.AsSpan(0, Copy(ref reader, pair, source, number)), "merge", number);
                    continue;
                }
                if (reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType != JsonTokenType.String)
                    throw NotAMerge(source, number);
                int left = Copy(ref reader, pair, source, number);
                reader.Read();
                if (reader.TokenType != JsonTokenType.String)
                    throw NotAMerge(source, number);
                int right = Copy(ref reader, pair.AsSpan(left), source, number);
                reader.Read();
                if (reader.TokenType != JsonTokenType.EndArray)
                    throw NotAMerge(source, number);
                builder.Add(pair.AsSpan(0, left), pair.AsSpan(left, right), "merge", number);
            }
            return builder.Build();
        });
    }

    /// <summary>Writes the array as texts.</summary>
    public static void Write(Utf8JsonWriter writer, Vocabulary vocabulary, BpeMerges merges)
    {
        byte[] pair = new byte[2 * vocabulary.LongestSpelling + 1];
        writer.WriteStartArray();
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> left = vocabulary.Spelling(merges.Left(rank)), right = vocabulary.Spelling(merges.Right(rank));
            left.CopyTo(pair);
            pair[left.Length] = (byte)' ';
            right.CopyTo(pair.AsSpan(left.Length + 1));
            writer.WriteStringValue(pair.AsSpan(0, left.Length + 1 + right.Length));
        }
        writer.WriteEndArray();
    }

    private static int Count(ref Utf8JsonReader reader, string source)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new TokenizerException($"{source}: is {reader.TokenType}; expected an array of merges.");
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count++;
            reader.Skip();
        }
        return count;
    }

    private static int Copy(ref Utf8JsonReader reader, Span<byte> destination, string source, int number)
    {
        // An escape is at most six times as long as its character.
        if (reader.ValueSpan.Length > destination.Length && (!reader.ValueIsEscaped || reader.ValueSpan.Length > 6 * destination.Length))
            throw TooLong(source, number);
        try
        {
            return reader.CopyString(destination);
        }
        catch (ArgumentException)
        {
            throw TooLong(source, number);
        }
    }

    private static TokenizerException TooLong(string source, int number) => new(
        $"{source}, merge {number}: has a token longer than any in the vocabulary. Use merges and vocabulary of the same tokenizer.");

    private static TokenizerException NotAMerge(string source, int number) => new(
        $"{source}, merge {number}: is not a merge; expected two tokens separated by one space, or an array of two tokens.");
}
