namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// merges.txt: one merge per line, best first, the two spellings separated by a space; the first line may be <c>#version: …</c>.
/// </summary>
internal static class MergesText
{
    /// <summary>Reads a file.</summary>
    public static BpeMerges Read(ReadOnlySpan<byte> utf8, string source, Vocabulary vocabulary)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        int lineNumber = 0;
        if (utf8.StartsWith("#version"u8))
        {
            TakeLine(ref utf8);
            lineNumber++;
        }
        int count = utf8.Count((byte)'\n') + (utf8.IsEmpty || utf8[^1] == '\n' ? 0 : 1);
        // A merge has at least three bytes and an end of line; if there appear to be more merges, one of them is invalid.
        count = Math.Min(count, utf8.Length / 4 + 1);
        var builder = new BpeMergesBuilder(source, vocabulary, count);
        while (!utf8.IsEmpty)
        {
            ReadOnlySpan<byte> line = TakeLine(ref utf8);
            lineNumber++;
            builder.Add(line, "line", lineNumber);
        }
        return builder.Build();
    }

    /// <summary>Writes a file.</summary>
    public static byte[] Write(Vocabulary vocabulary, BpeMerges merges)
    {
        using var stream = new MemoryStream();
        stream.Write("#version: 0.2\n"u8);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            stream.Write(vocabulary.Spelling(merges.Left(rank)));
            stream.WriteByte((byte)' ');
            stream.Write(vocabulary.Spelling(merges.Right(rank)));
            stream.WriteByte((byte)'\n');
        }
        return stream.ToArray();
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> utf8)
    {
        int end = utf8.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? utf8 : utf8[..end];
        utf8 = end < 0 ? default : utf8[(end + 1)..];
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }
}
