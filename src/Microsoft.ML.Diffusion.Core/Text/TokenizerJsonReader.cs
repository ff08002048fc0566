using System.Text.Json;
using Microsoft.ML.Diffusion.Text.ByteLevelBpe;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// Reads tokenizer.json in the forms of BERT's WordPiece and of GPT-2's and RoBERTa's byte-level BPE. Settings that this library does not
/// implement are rejected, never ignored, except truncation, padding and the opening and closing tokens, which are set elsewhere.
/// </summary>
internal static class TokenizerJsonReader
{
    private const string Source = TokenizerFiles.TokenizerJson;

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
        string type = Text(settings.GetProperty("model"), "type") ?? (model.ContainsKey("merges") ? "BPE" : "WordPiece");
        return type switch
        {
            "WordPiece" => WordPiece(settings, model, added, config),
            "BPE" => ByteLevelBpe(settings, model, added, config),
            _ => throw new TokenizerException(
                $"{Source}, model: has the type '{type}'; expected WordPiece (BERT) or BPE (GPT-2, RoBERTa)."),
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
        var options = new WordPieceOptions
        {
            CleanText = normalizer is not null && (Flag(normalizer, "clean_text") ?? true),
            HandleChineseCharacters = normalizer is not null && (Flag(normalizer, "handle_chinese_chars") ?? true),
            StripAccents = Flag(normalizer, "strip_accents"),
            Lowercase = normalizer is not null && (Flag(normalizer, "lowercase") ?? true),
            ContinuationPrefix = Text(modelSettings, "continuing_subword_prefix") ?? "##",
            MaxCharactersPerWord = WholeNumber(modelSettings, "max_input_chars_per_word") ?? 100,
            CleanUpOnDecode = Flag(decoder, "cleanup") ?? true,
            SpecialTokens = Names(config, added, SpecialTokenNames.Bert) with { Unknown = Text(modelSettings, "unk_token")
                ?? SpecialTokenNames.Bert.Unknown },
        };
        return new WordPieceTokenizer(Source, ReadVocabulary(model, added), added, options);
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
                    $"expected null or false.");
        }
        (JsonElement byteLevel, string? expression) = PreTokenizer(settings);
        var options = new ByteLevelBpeOptions
        {
            AddPrefixSpace = Flag(byteLevel, "add_prefix_space") ?? true,
            NormalizeToFormC = normalizer is not null,
            TrimOffsets = TrimsOffsets(Component(settings, "post_processor")),
            Expression = expression,
            SpecialTokens = Names(config, added, SpecialTokenNames.Roberta),
        };
        if (options.AddPrefixSpace && expression is not null)
            throw new TokenizerException($"{Source}, pre_tokenizer: add_prefix_space is supported only with GPT-2's expression.");
        Vocabulary vocabulary = ReadVocabulary(model, added);
        return new ByteLevelBpeTokenizer(Source, vocabulary, ReadMerges(model, vocabulary), added, options);
    }

    private static (JsonElement ByteLevel, string? Expression) PreTokenizer(JsonElement settings)
    {
        JsonElement? component = Component(settings, "pre_tokenizer");
        string? expression = null;
        if (Text(component, "type") == "Sequence" && component!.Value.TryGetProperty("pretokenizers", out JsonElement list)
            && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() is 1 or 2)
        {
            component = list[list.GetArrayLength() - 1];
            if (list.GetArrayLength() == 2)
                expression = SplitExpression(list[0]);
        }
        Require(component, "pre_tokenizer", "ByteLevel");
        bool usesGpt2 = Flag(component, "use_regex") ?? true;
        if (usesGpt2 == expression is not null)
            throw new TokenizerException(
                $"{Source}, pre_tokenizer: expected either ByteLevel with use_regex, or a Split and ByteLevel without use_regex.");
        return (component!.Value, expression);
    }

    private static string SplitExpression(JsonElement split)
    {
        Require(split, "pre_tokenizer", "Split");
        string? behavior = Text(split, "behavior"),
            expression = split.TryGetProperty("pattern", out JsonElement pattern) ? Text(pattern, "Regex") : null;
        if (expression is null || behavior != "Isolated" || (Flag(split, "invert") ?? false))
            throw new TokenizerException(
                $"{Source}, pre_tokenizer: the Split {Messages.Shorten(split.GetRawText())} is not supported; expected a Regex with the " +
                $"behavior Isolated and without invert.");
        return expression;
    }

    private static bool TrimsOffsets(JsonElement? processor)
    {
        if (Text(processor, "type") == "Sequence" && processor!.Value.TryGetProperty("processors", out JsonElement list) &&
            list.ValueKind == JsonValueKind.Array)
            return list.EnumerateArray().Any(static inner => TrimsOffsets(inner));
        return Text(processor, "type") is "ByteLevel" or "RobertaProcessing" && (Flag(processor, "trim_offsets") ?? true);
    }

    private static Vocabulary ReadVocabulary(Dictionary<string, ReadOnlyMemory<byte>> model, List<AddedToken> added) =>
        VocabularyJson.Read(model["vocab"].Span, $"{Source}, model.vocab", added);

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
        var ids = new HashSet<int>();
        foreach (JsonElement element in document.RootElement.EnumerateArray())
        {
            int? id = WholeNumber(element, "id");
            if (id is null or < 0)
                throw new TokenizerException($"{Where}: the token {Messages.Shorten(element.GetRawText())} has no id. Ids are 0, 1, 2, ….");
            if (!ids.Add(id.Value))
                throw new TokenizerException($"{Where}: the id {id} is given to two tokens. Give every token an id of its own.");
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
        string? found = Text(component, "type");
        if (found != type)
            throw new TokenizerException(
                $"{Source}: the {name} is {(component is null ? "null" : $"of the type '{found}'")}; expected {type}. Use a tokenizer " +
                $"like BERT's, GPT-2's or RoBERTa's.");
    }

    private static string? Text(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out JsonElement text) &&
            text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static bool? Flag(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out JsonElement flag) &&
            flag.ValueKind is JsonValueKind.True or JsonValueKind.False ? flag.GetBoolean() : null;

    private static int? WholeNumber(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) &&
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;

    private static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Number => value.TryGetDouble(out double number) && number == 0,
        _ => false,
    };
}
