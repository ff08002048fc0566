using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

internal sealed partial class ByteLevelBpeTokenizer
{
    /// <summary>Makes a tokenizer from vocab.json and merges.txt.</summary>
    /// <param name="vocabJson">vocab.json: an object of tokens and ids.</param>
    /// <param name="mergesTxt">merges.txt: one merge per line, best first.</param>
    /// <param name="options">The options; RoBERTa's if omitted.</param>
    /// <exception cref="TokenizerException">A file is invalid, or the files do not match.</exception>
    public static ByteLevelBpeTokenizer FromFiles(ReadOnlySpan<byte> vocabJson, ReadOnlySpan<byte> mergesTxt,
        ByteLevelBpeOptions? options = null) =>
        FromFiles(vocabJson, mergesTxt, [], options ?? new ByteLevelBpeOptions());

    internal static ByteLevelBpeTokenizer FromFiles(ReadOnlySpan<byte> vocabJson, ReadOnlySpan<byte> mergesTxt,
        IReadOnlyList<AddedToken> added, ByteLevelBpeOptions options)
    {
        Vocabulary vocabulary = VocabularyJson.Read(vocabJson, TokenizerFiles.VocabJson, added);
        BpeMerges merges = MergesText.Read(mergesTxt, TokenizerFiles.MergesTxt, vocabulary);
        return new ByteLevelBpeTokenizer(TokenizerFiles.VocabJson, vocabulary, merges, added, options);
    }

    /// <inheritdoc/>
    /// <remarks>tokenizer.json, tokenizer_config.json, special_tokens_map.json, vocab.json, merges.txt.</remarks>
    public override TokenizerFiles ToFiles() => new(
    [
        new(TokenizerFiles.TokenizerJson, TokenizerJsonWriter.Write(
            _added.Tokens, WriteNormalizer, WritePreTokenizer, WritePostProcessor, WriteDecoder, WriteModel)),
        new(TokenizerFiles.TokenizerConfig, TokenizerJsonWriter.WriteConfig("RobertaTokenizer", _added.Tokens, Options.SpecialTokens,
            [("add_prefix_space", Options.AddPrefixSpace), ("trim_offsets", Options.TrimOffsets),
                ("clean_up_tokenization_spaces", false)])),
        new(TokenizerFiles.SpecialTokensMap, TokenizerJsonWriter.WriteSpecialTokensMap(Options.SpecialTokens)),
        new(TokenizerFiles.VocabJson, VocabularyJson.Write(_vocabulary)),
        new(TokenizerFiles.MergesTxt, MergesText.Write(_vocabulary, _merges)),
    ]);

    private void WriteNormalizer(Utf8JsonWriter writer)
    {
        if (!Options.NormalizeToFormC)
        {
            writer.WriteNullValue();
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("type", "NFC");
        writer.WriteEndObject();
    }

    private void WritePreTokenizer(Utf8JsonWriter writer)
    {
        if (_expression is null)
        {
            WriteByteLevel(writer, usesGpt2: true);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("pretokenizers");
        writer.WriteStartObject();
        writer.WriteString("type", "Split");
        writer.WriteStartObject("pattern");
        writer.WriteString("Regex", Options.Expression);
        writer.WriteEndObject();
        writer.WriteString("behavior", "Isolated");
        writer.WriteBoolean("invert", false);
        writer.WriteEndObject();
        WriteByteLevel(writer, usesGpt2: false);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WritePostProcessor(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "RobertaProcessing");
        TokenizerJsonWriter.WriteNameAndId(writer, "sep", Options.SpecialTokens.End, EndToken);
        TokenizerJsonWriter.WriteNameAndId(writer, "cls", Options.SpecialTokens.Begin, BeginToken);
        writer.WriteBoolean("trim_offsets", Options.TrimOffsets);
        writer.WriteBoolean("add_prefix_space", Options.AddPrefixSpace);
        writer.WriteEndObject();
    }

    private void WriteDecoder(Utf8JsonWriter writer) => WriteByteLevel(writer, usesGpt2: true);

    private void WriteByteLevel(Utf8JsonWriter writer, bool usesGpt2)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", Options.AddPrefixSpace);
        writer.WriteBoolean("trim_offsets", Options.TrimOffsets);
        writer.WriteBoolean("use_regex", usesGpt2);
        writer.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteString("unk_token", Options.SpecialTokens.Unknown);
        writer.WriteString("continuing_subword_prefix", "");
        writer.WriteString("end_of_word_suffix", "");
        writer.WriteBoolean("fuse_unk", false);
        writer.WritePropertyName("vocab");
        VocabularyJson.Write(writer, _vocabulary);
        writer.WritePropertyName("merges");
        MergesJson.Write(writer, _vocabulary, _merges);
        writer.WriteEndObject();
    }
}
