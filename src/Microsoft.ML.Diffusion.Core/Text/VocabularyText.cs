namespace Microsoft.ML.Diffusion.Text;

/// <summary>vocab.txt: one token per line, ids from 0.</summary>
internal static class VocabularyText
{
    /// <summary>Reads a file.</summary>
    public static Vocabulary Read(ReadOnlySpan<byte> utf8, string source, IReadOnlyList<AddedToken> added)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
            throw new TokenizerException(
                $"{source} is not UTF-8. Check that the file is complete and is a vocabulary with one token per line.");
        int lines = utf8.Count((byte)'\n') + (utf8.IsEmpty || utf8[^1] == '\n' ? 0 : 1), bytes = utf8.Length;
        if (utf8.StartsWith("\n"u8) || utf8.IndexOf("\n\n"u8) >= 0)
            throw new TokenizerException($"{source}: has an empty line; expected one token per line.");
        foreach (AddedToken token in added)
            bytes += token.Utf8.Length;
        var builder = new Vocabulary.Builder(source, lines + added.Count, bytes);
        for (int id = 0; id < lines; id++)
        {
            int end = utf8.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? utf8 : utf8[..end];
            builder.Add(line.EndsWith("\r"u8) ? line[..^1] : line, id);
            utf8 = utf8[(end + 1)..];
        }
        foreach (AddedToken token in added)
        {
            int id = builder.Find(token.Utf8);
            if (id < 0)
                builder.Add(token.Utf8, token.Id);
            else if (id != token.Id)
                throw new TokenizerException(
                    $"{source}: the added token '{token.Content}' has the id {token.Id}, but it is line {id + 1}, so its id is {id}. " +
                    $"Make them agree.");
        }
        return builder.Build();
    }

    /// <summary>Writes a file.</summary>
    public static byte[] Write(Vocabulary vocabulary)
    {
        using var stream = new MemoryStream();
        for (int id = 0; id < vocabulary.Count; id++)
        {
            stream.Write(vocabulary.Spelling(id));
            stream.WriteByte((byte)'\n');
        }
        return stream.ToArray();
    }
}
