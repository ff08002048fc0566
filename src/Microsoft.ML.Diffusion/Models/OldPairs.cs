using System.Text;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>
/// The pairs of saved models before version 3. Their tokenizer files have the post-processor of the tokenizer's kind, but pairs were made
/// as the model's family makes them; so they are made now, and saved again as they are made.
/// </summary>
internal static class OldPairs
{
    // As those versions wrote the files. A post-processor of ByteLevel adds no tokens, and PreTrainedTokenizerFast says nothing of pairs.
    private static readonly (string Name, string Written, string Read)[] s_parts =
    [
        ("tokenizer.json", """
            "post_processor":{"type":"RobertaProcessing"
            """, """
            "post_processor":{"type":"ByteLevel"
            """),
        ("tokenizer.json", """
            "post_processor":{"type":"BertProcessing"
            """, """
            "post_processor":{"type":"ByteLevel"
            """),
        ("tokenizer_config.json", """
            "tokenizer_class":"RobertaTokenizer"
            """, """
            "tokenizer_class":"PreTrainedTokenizerFast"
            """),
        ("tokenizer_config.json", """
            "tokenizer_class":"BertTokenizer"
            """, """
            "tokenizer_class":"PreTrainedTokenizerFast"
            """),
    ];

    /// <summary>Replaces what the files say about pairs.</summary>
    public static void LeaveToFamily(Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        foreach ((string name, string written, string read) in s_parts)
        {
            if (!files.TryGetValue(name, out ReadOnlyMemory<byte> content))
                continue;
            byte[] old = Encoding.UTF8.GetBytes(written);
            int start = content.Span.IndexOf(old);
            if (start >= 0)
                files[name] = (byte[])[.. content.Span[..start], .. Encoding.UTF8.GetBytes(read), .. content.Span[(start + old.Length)..]];
        }
    }
}
