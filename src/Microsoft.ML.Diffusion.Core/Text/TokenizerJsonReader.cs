using System.Text.Json;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// Reads tokenizer.json in the forms of BERT's WordPiece and of GPT-2's and RoBERTa's byte-level BPE. Settings that this library does not
/// implement are rejected, never ignored, except truncation and padding, which are set elsewhere. The options in tokenizer_config.json
/// count before those here, as far as Hugging Face's tokenizer of the class reads them.
/// </summary>
internal static class TokenizerJsonReader
{
    private const string Source = TokenizerFiles.TokenizerJson;
    private const string VocabularySource = $"{Source}, model.vocab";

    /// <summary>Reads a tokenizer.</summary>
    public static Tokenizer Read(ReadOnlyMemory<byte> utf8, TokenizerConfig config)
    {
        Dictionary<string, ReadOnlyMemory<byte>> members = Json.Members(Source, utf8);
        if (!members.TryGetValue("model", out ReadOnlyMemory<byte> modelText))
            throw new TokenizerException(
                $"{Source}: has no member 'model'. Check that the file was written by Hugging Face's tokenizers library.");
        Dictionary<string, ReadOnlyMemory<byte>> model = Json.Members($"{Source}, model", modelText);
        if (!model.ContainsKey("vocab"))
            throw new TokenizerException($"{Source}, model: has no member 'vocab'.");
        List<AddedToken> added = ReadAdded(members);
        using JsonDocument document = Settings(members, model);
        JsonElement settings = document.RootElement;
        // Old files omit the type.
        string type = Json.Text(settings.GetProperty("model"), "type") ?? (model.ContainsKey("merges") ? "BPE" : "WordPiece");
        return type switch
        {
            "WordPiece" => WordPiece(settings, model, added, config),
            "BPE" => ByteLevelBpe(settings, model, added, config),
            _ => throw new TokenizerException(
                $"{Source}, model: is of the type '{type}'{(type == "Unigram" ? " (SentencePiece)" : "")}, which is not " +
                    "read yet; expected " +
                "WordPiece (BERT) or byte-level BPE (GPT-2, RoBERTa). Use a model with such a tokenizer."),
        };
    }

    private static WordPieceTokenizer WordPiece(JsonElement settings, Dictionary<string, ReadOnlyMemory<byte>> model,
        List<AddedToken> added, TokenizerConfig config)
    {
        JsonElement? normalizer = Component(settings, "normalizer");
        if (normalizer is not null)
            Require(normalizer, "normalizer", "BertNormalizer");
        Require(Component(settings, "pre_tokenizer"), "pre_tokenizer", "BertPreTokenizer");
        JsonElement? decoder = Component(settings, "decoder");
        if (decoder is not null)
            Require(decoder, "decoder", "WordPiece");
        JsonElement modelSettings = settings.GetProperty("model");
        PostProcessor? processor = PostProcessor.Read(Component(settings, "post_processor"));
        // Hugging Face's PreTrainedTokenizerFast reads none of these options from tokenizer_config.json.
        TokenizerConfig given = config.Class is null || TokenizerClasses.KindOf(config.Class) == TokenizerClassKind.WordPiece
            ? config : TokenizerConfig.None;
        if (normalizer is null)
            RequireNoOption(given);
        SpecialTokenNames names = Names(config, added, SpecialTokenNames.Bert) with
        {
            Unknown = Json.Text(modelSettings, "unk_token") ?? SpecialTokenNames.Bert.Unknown,
        };
        WordPieceOptions options = config.Lowercased(new WordPieceOptions
        {
            CleanText = normalizer is not null && (Json.Flag(normalizer, "clean_text") ?? true),
            HandleChineseCharacters =
                normalizer is not null && (given.Flag("tokenize_chinese_chars") ?? Json.Flag(normalizer, "handle_chinese_chars") ?? true),
            StripAccents = given.Has("strip_accents") ? given.Flag("strip_accents") : Json.Flag(normalizer, "strip_accents"),
            Lowercase = normalizer is not null && (given.Flag("do_lower_case") ?? Json.Flag(normalizer, "lowercase") ?? true),
            ContinuationPrefix = Json.Text(modelSettings, "continuing_subword_prefix") ?? "##",
            MaxCharactersPerWord = Json.WholeNumber(modelSettings, "max_input_chars_per_word") ?? 100,
            // Hugging Face's decode cleans up if either file asks for it.
            CleanUpOnDecode = (Json.Flag(decoder, "cleanup") ?? true) || config.Flag("clean_up_tokenization_spaces") == true,
            SpecialTokens = processor?.Names(names) ?? names,
            Template = processor?.Template ?? config.Template,
        });
        TokenTable tokens = config.Tokens(VocabularySource, ReadVocabulary(model), added);
        processor?.Check(VocabularySource, tokens);
        return new WordPieceTokenizer(Source, tokens, options);
    }

    private static void RequireNoOption(TokenizerConfig given)
    {
        foreach (string name in (ReadOnlySpan<string>)["do_lower_case", "strip_accents", "tokenize_chinese_chars"])
        {
            if (given.Flag(name) == true)
                throw new TokenizerException(
                    $"{TokenizerFiles.TokenizerConfig}: '{name}' is true, and {Source} has no normalizer, so that it leaves " +
                        "the text as it " +
                    $"is. {TokenConflict.Advice}");
        }
    }

    private static ByteLevelBpeTokenizer ByteLevelBpe(JsonElement settings, Dictionary<string, ReadOnlyMemory<byte>> model,
        List<AddedToken> added, TokenizerConfig config)
    {
        JsonElement? normalizer = Component(settings, "normalizer");
        if (normalizer is not null)
            Require(normalizer, "normalizer", "NFC");
        JsonElement modelSettings = settings.GetProperty("model");
        foreach (string name in (ReadOnlySpan<string>)["dropout", "continuing_subword_prefix", "end_of_word_suffix",
            "byte_fallback", "ignore_merges"])
        {
            if (modelSettings.TryGetProperty(name, out JsonElement value) && !IsNothing(value))
                throw new TokenizerException(
                    $"{Source}, model: '{name}' is {Messages.Shorten(value.GetRawText())}, which is not supported for byte-level BPE; " +
                    "expected null or false.");
        }
        config.RefuseLowercase();
        (JsonElement byteLevel, string? expression) = PreTokenizer(settings);
        JsonElement? processing = Component(settings, "post_processor");
        PostProcessor? processor = PostProcessor.Read(processing);
        // Hugging Face's tokenizers replace what is in tokenizer.json itself, but not what is in a Sequence.
        bool isPlain = Json.Text(Component(settings, "pre_tokenizer"), "type") == "ByteLevel",
            trims = Json.Text(processing, "type") is "ByteLevel" or "RobertaProcessing" && config.Class is not null &&
                TokenizerClasses.KindOf(config.Class) == TokenizerClassKind.ByteLevelBpe;
        SpecialTokenNames names = Names(config, added, SpecialTokenNames.Roberta);
        var options = new ByteLevelBpeOptions
        {
            AddPrefixSpace = (isPlain ? config.Flag("add_prefix_space") : null) ?? Json.Flag(byteLevel, "add_prefix_space") ?? true,
            NormalizeToFormC = normalizer is not null,
            TrimOffsets = (trims ? config.Flag("trim_offsets") : null) ?? TrimsOffsets(processing),
            Expression = expression,
            SpecialTokens = processor?.Names(names) ?? names,
            Template = processor?.Template ?? config.Template,
        };
        if (options.AddPrefixSpace && expression is not null)
            throw new TokenizerException($"{Source}, pre_tokenizer: add_prefix_space is supported only with GPT-2's expression.");
        TokenTable tokens = config.Tokens(VocabularySource, ReadVocabulary(model), added);
        processor?.Check(VocabularySource, tokens);
        return new ByteLevelBpeTokenizer(Source, tokens, ReadMerges(model, tokens.Vocabulary), options);
    }

    private static (JsonElement ByteLevel, string? Expression) PreTokenizer(JsonElement settings)
    {
        JsonElement? component = Component(settings, "pre_tokenizer");
        string? expression = null;
        if (Json.Text(component, "type") == "Sequence" && component!.Value.TryGetProperty("pretokenizers", out JsonElement list)
            && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() is 1 or 2)
        {
            component = list[list.GetArrayLength() - 1];
            if (list.GetArrayLength() == 2)
                expression = SplitExpression(list[0]);
        }
        Require(component, "pre_tokenizer", "ByteLevel");
        bool usesGpt2 = Json.Flag(component, "use_regex") ?? true;
        if (usesGpt2 == expression is not null)
            throw new TokenizerException(
                $"{Source}, pre_tokenizer: expected either ByteLevel with use_regex, or a Split and ByteLevel without use_regex.");
        return (component!.Value, expression);
    }

    private static string SplitExpression(JsonElement split)
    {
        Require(split, "pre_tokenizer", "Split");
        string? behavior = Json.Text(split, "behavior"),
            expression = split.TryGetProperty("pattern", out JsonElement pattern) ? Json.Text(pattern, "Regex") : null;
        if (expression is null || behavior != "Isolated" || (Json.Flag(split, "invert") ?? false))
            throw new TokenizerException(
                $"{Source}, pre_tokenizer: the Split {Messages.Shorten(split.GetRawText())} is not supported; expected a Regex with the " +
                "behavior Isolated and without invert.");
        return expression;
    }

    private static bool TrimsOffsets(JsonElement? processor)
    {
        if (Json.Text(processor, "type") == "Sequence" && processor!.Value.TryGetProperty("processors", out JsonElement list) &&
            list.ValueKind == JsonValueKind.Array)
            return list.EnumerateArray().Any(static inner => TrimsOffsets(inner));
        return Json.Text(processor, "type") is "ByteLevel" or "RobertaProcessing" && (Json.Flag(processor, "trim_offsets") ?? true);
    }

    private static Vocabulary ReadVocabulary(Dictionary<string, ReadOnlyMemory<byte>> model) =>
        VocabularyJson.Read(model["vocab"].Span, VocabularySource);

    private static BpeMerges ReadMerges(Dictionary<string, ReadOnlyMemory<byte>> model, Vocabulary vocabulary)
    {
        if (!model.TryGetValue("merges", out ReadOnlyMemory<byte> merges))
            throw new TokenizerException($"{Source}, model: has no member 'merges'.");
        return MergesJson.Read(merges.Span, $"{Source}, model.merges", vocabulary);
    }

    private static List<AddedToken> ReadAdded(Dictionary<string, ReadOnlyMemory<byte>> members)
    {
        var added = new List<AddedToken>();
        if (!members.TryGetValue("added_tokens", out ReadOnlyMemory<byte> text) || text.Span.SequenceEqual("null"u8))
            return added;
        const string Where = $"{Source}, added_tokens";
        using JsonDocument document = Json.Parse(Where, text);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw new TokenizerException($"{Where}: is {document.RootElement.ValueKind}; expected an array.");
        foreach (JsonElement element in document.RootElement.EnumerateArray())
        {
            int? id = Json.WholeNumber(element, "id");
            if (id is null or < 0)
                throw new TokenizerException($"{Where}: the token {Messages.Shorten(element.GetRawText())} has no id. Ids are 0, 1, 2, ….");
            added.Add(TokenizerConfig.ReadAddedToken(Where, element, id.Value));
        }
        return added;
    }

    private static SpecialTokenNames Names(TokenizerConfig config, List<AddedToken> added, SpecialTokenNames family)
    {
        // ModernBERT's vocabulary is byte-level, but its special tokens have BERT's names.
        SpecialTokenNames other = family == SpecialTokenNames.Bert ? SpecialTokenNames.Roberta : SpecialTokenNames.Bert;
        bool isOther = added.Any(token => token.Content == other.Mask) && !added.Any(token => token.Content == family.Mask);
        return config.Names(isOther ? other : family);
    }

    /// <summary>All of the file except the vocabulary, the merges and the added tokens.</summary>
    private static JsonDocument Settings(Dictionary<string, ReadOnlyMemory<byte>> members, Dictionary<string, ReadOnlyMemory<byte>> model)
    {
        byte[] text = Json.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (string name in (ReadOnlySpan<string>)["normalizer", "pre_tokenizer", "post_processor", "decoder"])
                Copy(writer, members, name);
            writer.WriteStartObject("model");
            foreach (string name in model.Keys)
            {
                if (name is not ("vocab" or "merges"))
                    Copy(writer, model, name);
            }
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
        return Json.Parse(Source, text);

        static void Copy(Utf8JsonWriter writer, Dictionary<string, ReadOnlyMemory<byte>> members, string name)
        {
            if (!members.TryGetValue(name, out ReadOnlyMemory<byte> value))
                return;
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.Span, skipInputValidation: true);
        }
    }

    private static JsonElement? Component(JsonElement settings, string name) =>
        settings.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static void Require(JsonElement? component, string name, string type)
    {
        string? found = Json.Text(component, "type");
        if (found != type)
            throw new TokenizerException(
                $"{Source}: the {name} is " +
                    $"{(component is null ? "null" : $"of the type '{found}'{Parts(component.Value)}")}, which is not " +
                $"supported; expected {type}. Use a model whose tokenizer is like BERT's, GPT-2's or RoBERTa's.");
    }

    /// <summary>The types of a Sequence's parts, for messages.</summary>
    private static string Parts(JsonElement component)
    {
        foreach (string name in (ReadOnlySpan<string>)["normalizers", "pretokenizers", "decoders"])
        {
            if (component.ValueKind == JsonValueKind.Object && component.TryGetProperty(name, out JsonElement list) &&
                list.ValueKind == JsonValueKind.Array)
                return Messages.Shorten(
                    $" of {string.Join(", ", list.EnumerateArray().Select(static part => Json.Text(part, "type") ?? "?"))}");
        }
        return "";
    }

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Number => value.TryGetDouble(out double number) && number == 0,
        _ => false,
    };
}
