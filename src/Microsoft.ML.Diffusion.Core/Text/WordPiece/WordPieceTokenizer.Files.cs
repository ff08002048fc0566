using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text.WordPiece;

internal sealed partial class WordPieceTokenizer
{
    /// <summary>Makes a tokenizer from vocab.txt.</summary>
    /// <param name="vocabTxt">vocab.txt: one token per line, UTF-8.</param>
    /// <param name="options">The options; bert-base-uncased's if omitted.</param>
    /// <exception cref="TokenizerException">The file is invalid.</exception>
    public static WordPieceTokenizer FromFile(ReadOnlySpan<byte> vocabTxt, WordPieceOptions? options = null) =>
        FromFile(vocabTxt, TokenizerConfig.None, options ?? new WordPieceOptions());

    internal static WordPieceTokenizer FromFile(ReadOnlySpan<byte> vocabTxt, TokenizerConfig config, WordPieceOptions options)
    {
        const string Source = TokenizerFiles.VocabTxt;
        return new WordPieceTokenizer(Source, config.Tokens(Source, VocabularyText.Read(vocabTxt, Source), []), options);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// tokenizer.json, tokenizer_config.json, special_tokens_map.json, vocab.txt; added_tokens.json if the vocabulary lacks added tokens.
    /// </remarks>
    public override TokenizerFiles ToFiles() => ToFiles(SequenceTemplate.Bert);

    /// <inheritdoc/>
    internal override TokenizerFiles ToFiles(SequenceTemplate template) => new(
    [
        new(TokenizerFiles.TokenizerJson,
            TokenizerJsonWriter.Write(_added.Tokens, WriteNormalizer, WritePreTokenizer,
                writer => WritePostProcessor(writer, Template ?? template), WriteDecoder, WriteModel)),
        new(TokenizerFiles.TokenizerConfig, TokenizerJsonWriter.WriteConfig("BertTokenizer", _added.Tokens, Options.SpecialTokens,
        [
            ("do_lower_case", Options.Lowercase), ("strip_accents", Options.StripAccents),
            ("tokenize_chinese_chars", Options.HandleChineseCharacters), ("clean_up_tokenization_spaces", Options.CleanUpOnDecode),
        ])),
        new(TokenizerFiles.SpecialTokensMap, TokenizerJsonWriter.WriteSpecialTokensMap(Options.SpecialTokens)),
        new(TokenizerFiles.VocabTxt, VocabularyText.Write(_vocabulary)),
        .. TokenizerJsonWriter.WriteAddedTokens(_tokens),
    ]);

    private void WriteNormalizer(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "BertNormalizer");
        writer.WriteBoolean("clean_text", Options.CleanText);
        writer.WriteBoolean("handle_chinese_chars", Options.HandleChineseCharacters);
        if (Options.StripAccents is { } stripAccents)
            writer.WriteBoolean("strip_accents", stripAccents);
        else
            writer.WriteNull("strip_accents");
        writer.WriteBoolean("lowercase", Options.Lowercase);
        writer.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "BertPreTokenizer");
        writer.WriteEndObject();
    }

    private void WritePostProcessor(Utf8JsonWriter writer, SequenceTemplate template)
    {
        if (!template.Equals(SequenceTemplate.Bert))
        {
            new PostProcessor(template, new(Options.SpecialTokens.Begin, BeginToken),
                new(Options.SpecialTokens.End, EndToken)).Write(writer);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("type", "BertProcessing");
        TokenizerJsonWriter.WriteNameAndId(writer, "sep", Options.SpecialTokens.End, EndToken);
        TokenizerJsonWriter.WriteNameAndId(writer, "cls", Options.SpecialTokens.Begin, BeginToken);
        writer.WriteEndObject();
    }

    private void WriteDecoder(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "WordPiece");
        writer.WriteString("prefix", Options.ContinuationPrefix);
        writer.WriteBoolean("cleanup", Options.CleanUpOnDecode);
        writer.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "WordPiece");
        writer.WriteString("unk_token", Options.SpecialTokens.Unknown);
        writer.WriteString("continuing_subword_prefix", Options.ContinuationPrefix);
        writer.WriteNumber("max_input_chars_per_word", Options.MaxCharactersPerWord);
        writer.WritePropertyName("vocab");
        VocabularyJson.Write(writer, _vocabulary);
        writer.WriteEndObject();
    }
}
