namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// vocab.txt: one token per line; a line's number, from 0, is always the id. As in <c>load_vocab</c> of Hugging Face's transformers, the
/// later of two equal lines is the id that text gets, and an empty line is the token of no characters, which no text gets. Empty lines at
/// the end are ignored.
/// </summary>
internal static class VocabularyText
{
    /// <summary>Reads a file.</summary>
    public static Vocabulary Read(ReadOnlySpan<byte> utf8, string source)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        if (!System.Text.Unicode.Utf8.IsValid(utf8))
            throw new TokenizerException(
                $"{source} is not UTF-8. Check that the file is complete and is a vocabulary with one token per line.");
        utf8 = WithoutEmptyEnd(utf8);
        int tokens = 0, lastEmpty = -1, id = 0;
        for (ReadOnlySpan<byte> rest = utf8; !rest.IsEmpty; id++)
        {
            if (TakeLine(ref rest).IsEmpty)
                lastEmpty = id;
            else
                tokens++;
        }
        if (tokens == 0)
            throw new TokenizerException($"{source} has no tokens; expected one per line. Download the file again, or copy it from the model.");
        var builder = new Vocabulary.Builder(source, tokens + (lastEmpty < 0 ? 0 : 1), utf8.Length);
        for (id = 0; !utf8.IsEmpty; id++)
        {
            ReadOnlySpan<byte> line = TakeLine(ref utf8);
            if (!line.IsEmpty || id == lastEmpty)
                builder.Add(line, id);
        }
        return builder.Build();
    }

    /// <summary>Writes a file. A hole has an empty line, and so has a token with a line break in it.</summary>
    public static byte[] Write(Vocabulary vocabulary)
    {
        using var stream = new MemoryStream();
        for (int id = 0; id < vocabulary.Count; id++)
        {
            ReadOnlySpan<byte> spelling = vocabulary.Spelling(id);
            if (spelling.IndexOfAny((byte)'\n', (byte)'\r') < 0)
                stream.Write(spelling);
            stream.WriteByte((byte)'\n');
        }
        return stream.ToArray();
    }

    private static ReadOnlySpan<byte> WithoutEmptyEnd(ReadOnlySpan<byte> utf8)
    {
        while (!utf8.IsEmpty)
        {
            int line = utf8.LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
            if (!utf8[line..].Trim(" \t"u8).IsEmpty)
                break;
            utf8 = utf8[..Math.Max(0, line - 1)];
        }
        return utf8;
    }

    // Python reads \r\n and \r alone as the end of a line too.
    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> utf8)
    {
        int end = utf8.IndexOfAny((byte)'\n', (byte)'\r');
        ReadOnlySpan<byte> line = end < 0 ? utf8 : utf8[..end];
        utf8 = end < 0 ? default : utf8[(end + (utf8[end..].StartsWith("\r\n"u8) ? 2 : 1))..];
        return line;
    }
}
