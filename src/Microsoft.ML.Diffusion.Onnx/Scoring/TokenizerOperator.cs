using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The operator of ONNX Runtime Extensions that tokenizes like a tokenizer, with its attributes.</summary>
/// <param name="Type">The operator; it takes one text and adds an opening and a closing token.</param>
/// <param name="Outputs">The number of its outputs; the token ids are the first.</param>
/// <param name="Attributes">Its attributes.</param>
internal sealed record TokenizerOperator(string Type, int Outputs, (string Name, object Value)[] Attributes)
{
    /// <summary>The domain of the operators.</summary>
    public const string Domain = "ai.onnx.contrib";

    private const string TokenizerJson = "tokenizer.json", VocabJson = "vocab.json", MergesTxt = "merges.txt";

    /// <summary>Finds the operator for a tokenizer.</summary>
    /// <exception cref="NotSupportedException">There is none; the message says why.</exception>
    public static TokenizerOperator For(Tokenizer tokenizer)
    {
        TokenizerFiles files = tokenizer.ToFiles();
        if (!files.TryGet(TokenizerJson, out byte[]? content))
            throw Refused("the tokenizer is not one of this library, and does not say how it works");
        using JsonDocument document = JsonDocument.Parse(content);
        JsonElement root = document.RootElement, model = root.GetProperty("model"), normalizer = root.GetProperty("normalizer");
        foreach (JsonElement token in root.GetProperty("added_tokens").EnumerateArray())
        {
            if (!token.GetProperty("special").GetBoolean())
                throw Refused($"they know no added token, and the tokenizer has '{token.GetProperty("content").GetString()}'");
        }
        return model.GetProperty("type").GetString() == "WordPiece"
            ? OfWordPiece(tokenizer, model, normalizer) : OfByteLevelBpe(files, root.GetProperty("pre_tokenizer"), normalizer);
    }

    private static TokenizerOperator OfWordPiece(Tokenizer tokenizer, JsonElement model, JsonElement normalizer)
    {
        if (!normalizer.GetProperty("clean_text").GetBoolean())
            throw Refused("they remove control characters, and the tokenizer keeps them (clean_text is false)");
        if (!normalizer.GetProperty("handle_chinese_chars").GetBoolean())
            throw Refused("they make a word of each CJK character, and the tokenizer does not (tokenize_chinese_chars is false)");
        bool lowercase = normalizer.GetProperty("lowercase").GetBoolean();
        JsonElement strips = normalizer.GetProperty("strip_accents");
        return new TokenizerOperator("BertTokenizer", 3,
        [
            ("vocab_file", Vocabulary(tokenizer)),
            ("do_lower_case", lowercase ? 1L : 0L),
            ("do_basic_tokenize", 1L),
            ("strip_accents", (strips.ValueKind == JsonValueKind.Null ? lowercase : strips.GetBoolean()) ? 1L : 0L),
            ("tokenize_chinese_chars", 1L),
            ("suffix_indicator", model.GetProperty("continuing_subword_prefix").GetString()!),
            ("unk_token", tokenizer.Spell(tokenizer.UnknownToken)),
            ("cls_token", tokenizer.Spell(tokenizer.BeginToken)),
            ("sep_token", tokenizer.Spell(tokenizer.EndToken)),
            ("pad_token", tokenizer.Spell(tokenizer.PadToken)),
            ("mask_token", tokenizer.Spell(tokenizer.MaskToken)),
        ]);
    }

    private static TokenizerOperator OfByteLevelBpe(TokenizerFiles files, JsonElement preTokenizer, JsonElement normalizer)
    {
        if (preTokenizer.GetProperty("type").GetString() != "ByteLevel" || normalizer.ValueKind != JsonValueKind.Null)
            throw Refused("they split text as GPT-2 does, and the tokenizer has its own expression or normalizes Unicode (ModernBERT's)");
        if (preTokenizer.GetProperty("add_prefix_space").GetBoolean())
            throw Refused("they read a text as it is, and the tokenizer reads it with a space before it (add_prefix_space)");
        if (!files.TryGet(VocabJson, out byte[]? vocabulary) || !files.TryGet(MergesTxt, out byte[]? merges))
            throw Refused("the tokenizer has no vocab.json and merges.txt");
        return new TokenizerOperator("RobertaTokenizer", 2,
            [("vocab", Encoding.UTF8.GetString(vocabulary)), ("merges", Encoding.UTF8.GetString(merges))]);
    }

    /// <summary>
    /// The vocabulary as lines, one for each id. The operator passes over empty lines, and keeps the last of equal ones, so an id that
    /// cannot be found by its spelling has a line with a space, which is in no word.
    /// </summary>
    private static string Vocabulary(Tokenizer tokenizer)
    {
        var lines = new StringBuilder();
        for (int id = 0; id < tokenizer.VocabularySize; id++)
        {
            string spelling = tokenizer.Spell(id);
            bool isFound = spelling.Length > 0 && tokenizer.Find(spelling) == id && spelling.AsSpan().IndexOfAny('\r', '\n') < 0;
            lines.Append(isFound ? spelling : string.Create(CultureInfo.InvariantCulture, $"no token {id}")).Append('\n');
        }
        return lines.ToString();
    }

    private static NotSupportedException Refused(string why) =>
        new($"the operators of ONNX Runtime Extensions cannot tokenize as this model needs it: {why}.");
}
