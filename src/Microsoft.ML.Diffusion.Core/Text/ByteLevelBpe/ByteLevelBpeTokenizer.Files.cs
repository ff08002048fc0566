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
        FromFiles(vocabJson, mergesTxt, TokenizerConfig.None, options ?? new ByteLevelBpeOptions());

    internal static ByteLevelBpeTokenizer FromFiles(ReadOnlySpan<byte> vocabJson, ReadOnlySpan<byte> mergesTxt,
        TokenizerConfig config, ByteLevelBpeOptions options)
    {
        const string Source = TokenizerFiles.VocabJson;
        TokenTable tokens = config.Tokens(Source, VocabularyJson.Read(vocabJson, Source), []);
        return new ByteLevelBpeTokenizer(Source, tokens, MergesText.Read(mergesTxt, TokenizerFiles.MergesTxt, tokens.Vocabulary), options);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// tokenizer.json, tokenizer_config.json, special_tokens_map.json, vocab.json, merges.txt; added_tokens.json if the vocabulary lacks
    /// added tokens.
    /// </remarks>
    public override TokenizerFiles ToFiles() => ToFiles(SequenceTemplate.Roberta);

    /// <inheritdoc/>
    internal override TokenizerFiles ToFiles(SequenceTemplate template) => new(
    [
        new(TokenizerFiles.TokenizerJson, TokenizerJsonWriter.Write(
            _added.Tokens, WriteNormalizer, WritePreTokenizer, writer => WritePostProcessor(writer, Template ?? template), WriteDecoder,
            WriteModel)),
        new(TokenizerFiles.TokenizerConfig, TokenizerJsonWriter.WriteConfig("RobertaTokenizer", _added.Tokens, Options.SpecialTokens,
            [("add_prefix_space", Options.AddPrefixSpace), ("trim_offsets", Options.TrimOffsets),
                ("clean_up_tokenization_spaces", false)])),
        new(TokenizerFiles.SpecialTokensMap, TokenizerJsonWriter.WriteSpecialTokensMap(Options.SpecialTokens)),
        new(TokenizerFiles.VocabJson, VocabularyJson.Write(_tokens.Vocabulary)),
        new(TokenizerFiles.MergesTxt, MergesText.Write(_tokens.Vocabulary, _merges)),
        .. TokenizerJsonWriter.WriteAddedTokens(_tokens),
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

    private void WritePostProcessor(Utf8JsonWriter writer, SequenceTemplate template)
    {
        if (!template.Equals(SequenceTemplate.Roberta))
        {
            WriteTemplate(writer, template);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("type", "RobertaProcessing");
        TokenizerJsonWriter.WriteNameAndId(writer, "sep", Options.SpecialTokens.End, EndToken);
        TokenizerJsonWriter.WriteNameAndId(writer, "cls", Options.SpecialTokens.Begin, BeginToken);
        writer.WriteBoolean("trim_offsets", Options.TrimOffsets);
        writer.WriteBoolean("add_prefix_space", Options.AddPrefixSpace);
        writer.WriteEndObject();
    }

    private void WriteTemplate(Utf8JsonWriter writer, SequenceTemplate template)
    {
        var processor =
            new PostProcessor(template, new(Options.SpecialTokens.Begin, BeginToken), new(Options.SpecialTokens.End, EndToken));
        if (!Options.TrimOffsets)
        {
            processor.Write(writer);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("processors");
        WriteByteLevel(writer, usesGpt2: true);
        processor.Write(writer);
        writer.WriteEndArray();
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
        VocabularyJson.Write(writer, _tokens.Vocabulary);
        writer.WritePropertyName("merges");
        MergesJson.Write(writer, _tokens.Vocabulary, _merges);
        writer.WriteEndObject();
    }
}
