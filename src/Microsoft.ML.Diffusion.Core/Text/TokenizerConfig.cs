using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Diffusion.Text.WordPiece;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// The content of tokenizer_config.json, special_tokens_map.json and added_tokens.json, if present. As in Hugging Face's transformers
/// 4.34 and later, special_tokens_map.json counts before tokenizer_config.json, unless that has added_tokens_decoder.
/// </summary>
internal sealed class TokenizerConfig
{
    private static readonly string[] s_options =
        ["do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space", "trim_offsets", "clean_up_tokenization_spaces"];

    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, bool?> _flags = [];
    private readonly Dictionary<string, string> _texts = [];
    private readonly string? _lowercaseSource;
    private readonly AddedTokenMerge _added = new();
    private readonly List<(AddedToken Token, bool IsAdded)> _specials = [];
    private readonly bool _hasDecoder;

    /// <summary>Reads the files.</summary>
    public TokenizerConfig(TokenizerFiles files)
    {
        if (files.TryGet(TokenizerFiles.TokenizerConfig, out byte[]? content))
            _hasDecoder = ReadConfig(content);
        if (files.TryGet(TokenizerFiles.SpecialTokensMap, out content))
            ReadSpecialTokensMap(content);
        if (files.TryGet(TokenizerFiles.AddedTokens, out content))
            ReadAddedTokens(content);
        (Class, ClassSource) = (_texts.GetValueOrDefault("tokenizer_class"), TokenizerFiles.TokenizerConfig);
        string? modelType = null;
        if (files.TryGetBeside(TokenizerFiles.ModelConfiguration, out content))
            ReadModelConfiguration(content, out modelType);
        Template = TokenizerClasses.TemplateOf(Class, modelType);
        _lowercaseSource = Array.Find(TokenizerFiles.SentenceConfigurations, name => Lowercases(files, name));
    }

    /// <summary>tokenizer_class, in tokenizer_config.json, else in config.json; null if there is none.</summary>
    public string? Class { get; private set; }

    /// <summary>The file that gives <see cref="Class"/>, for messages.</summary>
    public string ClassSource { get; private set; }

    /// <summary>Whether the tokenizer is Python code that comes with the model.</summary>
    public bool HasOwnCode { get; private set; }

    /// <summary>The sequences of the class or of the model's family; null if neither is known.</summary>
    public SequenceTemplate? Template { get; }

    /// <summary>No file.</summary>
    public static TokenizerConfig None { get; } = new(new TokenizerFiles([]));

    /// <summary>A Boolean; null if it is absent or null.</summary>
    public bool? Flag(string name) => _flags.GetValueOrDefault(name);

    /// <summary>Whether tokenizer_config.json gives a Boolean, or null in its place.</summary>
    public bool Has(string name) => _flags.ContainsKey(name);

    /// <summary>A text; null if it is absent or null.</summary>
    public string? Text(string name) => _texts.GetValueOrDefault(name);

    /// <summary>The options, with the lowercase that sentence-transformers ask for, which leaves accents as they were.</summary>
    public WordPieceOptions Lowercased(WordPieceOptions options) => _lowercaseSource is null || options.Lowercase ? options
        : options with { Lowercase = true, StripAccents = options.StripAccents ?? false };

    /// <summary>Refuses the lowercase that sentence-transformers ask for, for a tokenizer that has none.</summary>
    /// <exception cref="TokenizerException">They ask for it.</exception>
    public void RefuseLowercase()
    {
        if (_lowercaseSource is not null)
            throw new TokenizerException(
                $"{_lowercaseSource}: 'do_lower_case' is true, which is not supported for byte-level BPE; expected false. The model was " +
                "trained on lowercase texts: use one that was trained on texts as they are.");
    }

    /// <summary>The special tokens' names; the family's for those that are absent.</summary>
    public SpecialTokenNames Names(SpecialTokenNames family) => new(
        Name("cls_token") ?? Name("bos_token") ?? family.Begin,
        Name("sep_token") ?? Name("eos_token") ?? family.End,
        Name("mask_token") ?? family.Mask,
        Name("pad_token") ?? family.Pad,
        Name("unk_token") ?? family.Unknown);

    /// <summary>The tokenizer's tokens: the vocabulary, the added tokens of tokenizer.json, and those that these files add.</summary>
    /// <param name="source">The vocabulary's file, for messages.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="own">The added tokens of tokenizer.json.</param>
    /// <exception cref="TokenizerException">The files contradict each other.</exception>
    public TokenTable Tokens(string source, Vocabulary vocabulary, IReadOnlyList<AddedToken> own)
    {
        var merge = new AddedTokenMerge();
        foreach (AddedToken token in own)
            merge.Set(token);
        foreach (AddedToken token in _added.Tokens)
            merge.Set(merge.Find(token.Id) is { } known && known.Content == token.Content ? Joined(known, token) : token);
        int next = Math.Max(vocabulary.Count, merge.Count);
        foreach ((AddedToken special, bool isAdded) in _specials)
        {
            AddedToken? known = merge.Find(special.Content);
            int id = known?.Id ?? vocabulary.Find(special.Utf8);
            if (known is not null)
                merge.Set(known with { IsSpecial = true });
            else if (id >= 0)
                merge.Set(special with { Id = id });
            else if (isAdded)
                merge.Set(special with { Id = next++ });
        }
        return TokenTable.Of(source, vocabulary, merge.Tokens);
    }

    /// <summary>An added token in the format of tokenizer.json and tokenizer_config.json.</summary>
    /// <param name="source">The name of the file, for messages.</param>
    /// <param name="element">The token.</param>
    /// <param name="id">Its id.</param>
    /// <param name="isSpecial">Whether it is special if it does not say.</param>
    public static AddedToken ReadAddedToken(string source, JsonElement element, int id, bool isSpecial = false)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("content", out JsonElement content) ||
            content.ValueKind != JsonValueKind.String)
            throw new TokenizerException($"{source}: the added token with the id {id} is not an object with a text property 'content'.");
        isSpecial = Is("special") ?? isSpecial;
        return new AddedToken(
            id,
            content.GetString()!,
            isSpecial,
            TakesLeft: Is("lstrip") ?? false,
            TakesRight: Is("rstrip") ?? false,
            SingleWord: Is("single_word") ?? false,
            IsNormalized: Is("normalized") ?? !isSpecial,
            source);

        bool? Is(string name) =>
            element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? value.GetBoolean()
                : null;
    }

    private string? Name(string role) => _names.GetValueOrDefault(role);

    // As in Hugging Face's fast tokenizers: the flags in tokenizer_config.json replace those in tokenizer.json, but a token that is special
    // in one of them is special, and one that is normalized in one of them is normalized.
    private AddedToken Joined(AddedToken own, AddedToken other)
    {
        AddedToken flags = _hasDecoder && other.Source == TokenizerFiles.TokenizerConfig ? other : own;
        return flags with
        {
            IsSpecial = own.IsSpecial || other.IsSpecial,
            IsNormalized = own.IsSpecial ? own.IsNormalized : own.IsNormalized || other.IsNormalized,
        };
    }

    private bool ReadConfig(byte[] content)
    {
        const string Source = TokenizerFiles.TokenizerConfig;
        using JsonDocument document = Json.ParseObject(Source, content);
        bool hasDecoder = false;
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            ReadSpecials(Source, property);
            if (property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False)
                _flags[property.Name] = property.Value.GetBoolean();
            else if (property.Value.ValueKind == JsonValueKind.Null)
                _flags[property.Name] = null;
            else if (s_options.Contains(property.Name))
                throw new TokenizerException(
                    $"{Source}: '{property.Name}' is {Messages.Shorten(property.Value.GetRawText())}; expected true or false.");
            else if (property.Value.ValueKind == JsonValueKind.String)
                _texts[property.Name] = property.Value.GetString()!;
            else if (property.NameEquals("auto_map"))
                HasOwnCode = property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("AutoTokenizer", out _);
            else if (property.NameEquals("added_tokens_decoder") && property.Value.ValueKind == JsonValueKind.Object)
            {
                hasDecoder = true;
                foreach (JsonProperty token in property.Value.EnumerateObject())
                {
                    if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    {
                        throw new TokenizerException(
                            $"{Source}: '{Messages.Shorten(token.Name)}' in added_tokens_decoder is not an id. Ids are 0, 1, 2, ….");
                    }
                    _added.Set(ReadAddedToken(Source, token.Value, id));
                }
            }
        }
        return hasDecoder;
    }

    private void ReadModelConfiguration(byte[] content, out string? modelType)
    {
        using JsonDocument? document = TryParse(TokenizerFiles.ModelConfiguration, content);
        modelType = Json.Text(document?.RootElement, "model_type");
        if (Class is null && Json.Text(document?.RootElement, "tokenizer_class") is string name)
            (Class, ClassSource) = (name, TokenizerFiles.ModelConfiguration);
    }

    private static bool Lowercases(TokenizerFiles files, string name)
    {
        if (!files.TryGetBeside(name, out byte[]? content))
            return false;
        using JsonDocument document = Json.ParseObject(name, content);
        return Json.Flag(document.RootElement, "do_lower_case") == true;
    }

    /// <summary>A file that is read, and complained about, elsewhere.</summary>
    private static JsonDocument? TryParse(string source, byte[] content)
    {
        try
        {
            return Json.ParseObject(source, content);
        }
        catch (TokenizerException)
        {
            return null;
        }
    }

    private void ReadSpecialTokensMap(byte[] content)
    {
        const string Source = TokenizerFiles.SpecialTokensMap;
        using JsonDocument document = Json.ParseObject(Source, content);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (!_hasDecoder)
                ReadSpecials(Source, property);
            else if (!_names.ContainsKey(property.Name))
                ReadName(property);
        }
    }

    private void ReadAddedTokens(byte[] content)
    {
        const string Source = TokenizerFiles.AddedTokens;
        using JsonDocument document = Json.ParseObject(Source, content);
        HashSet<string> specials = [.. _names.Values, .. _specials.Select(static special => special.Token.Content)];
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int id) || id < 0)
            {
                throw new TokenizerException(
                    $"{Source}: the id of '{Messages.Shorten(property.Name)}' is not a whole number. Ids are 0, 1, 2, ….");
            }
            bool isSpecial = specials.Contains(property.Name);
            if (_added.Find(id)?.Content != property.Name)
                _added.Set(new AddedToken(id, property.Name, isSpecial, IsNormalized: !isSpecial, Source: Source));
        }
    }

    private void ReadSpecials(string source, JsonProperty property)
    {
        ReadName(property);
        JsonElement value = property.Value;
        bool isRole = property.Name.EndsWith("_token", StringComparison.Ordinal);
        if (property.Name is "bos_token" or "eos_token" || (isRole && value.ValueKind == JsonValueKind.Object))
            Add(value, isAdded: false);
        else if (property.Name is "additional_special_tokens" or "extra_special_tokens" && value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in value.EnumerateArray())
                Add(token, isAdded: true);
        }
        else if (property.NameEquals("extra_special_tokens") && value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty token in value.EnumerateObject())
                Add(token.Value, isAdded: true);
        }

        void Add(JsonElement token, bool isAdded)
        {
            if (token.ValueKind == JsonValueKind.String)
                _specials.Add((new AddedToken(0, token.GetString()!, IsSpecial: true, Source: source), isAdded));
            else if (token.ValueKind == JsonValueKind.Object
                && token.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String)
                _specials.Add((ReadAddedToken(source, token, 0, isSpecial: true) with { IsSpecial = true }, isAdded));
        }
    }

    private void ReadName(JsonProperty property)
    {
        if (!property.Name.EndsWith("_token", StringComparison.Ordinal))
            return;
        JsonElement value = property.Value;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement inner))
            value = inner;
        if (value.ValueKind == JsonValueKind.String)
            _names[property.Name] = value.GetString()!;
    }
}
