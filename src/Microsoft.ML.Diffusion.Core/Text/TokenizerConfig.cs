using System.Globalization;
using System.Text.Json;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>The content of tokenizer_config.json, special_tokens_map.json and added_tokens.json, if present.</summary>
internal sealed class TokenizerConfig
{
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, bool> _flags = [];
    private readonly SortedDictionary<int, AddedToken> _added = [];

    /// <summary>Reads the files.</summary>
    public TokenizerConfig(TokenizerFiles files)
    {
        if (files.TryGet(TokenizerFiles.TokenizerConfig, out byte[]? content))
            ReadConfig(TokenizerFiles.TokenizerConfig, content, withFlags: true);
        if (files.TryGet(TokenizerFiles.SpecialTokensMap, out content))
            ReadConfig(TokenizerFiles.SpecialTokensMap, content, withFlags: false);
        if (files.TryGet(TokenizerFiles.AddedTokens, out content))
            ReadAddedTokens(content);
    }

    /// <summary>The added tokens, in the order of their ids.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => [.. _added.Values];

    /// <summary>A Boolean; null if it is absent or null.</summary>
    public bool? Flag(string name) => _flags.TryGetValue(name, out bool value) ? value : null;

    /// <summary>The special tokens' names; the family's for those that are absent.</summary>
    public SpecialTokenNames Names(SpecialTokenNames family) => new(
        Name("cls_token") ?? Name("bos_token") ?? family.Begin,
        Name("sep_token") ?? Name("eos_token") ?? family.End,
        Name("mask_token") ?? family.Mask,
        Name("pad_token") ?? family.Pad,
        Name("unk_token") ?? family.Unknown);

    /// <summary>An added token in the format of tokenizer.json and tokenizer_config.json.</summary>
    public static AddedToken ReadAddedToken(string source, JsonElement element, int id)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("content", out JsonElement content) ||
            content.ValueKind != JsonValueKind.String)
            throw new TokenizerException($"{source}: the added token with the id {id} is not an object with a text property 'content'.");
        return new AddedToken(id, content.GetString()!, Is("special"), Is("lstrip"), Is("rstrip"), Is("single_word"));

        bool Is(string name) => element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
    }

    private string? Name(string role) => _names.GetValueOrDefault(role);

    private void ReadConfig(string source, byte[] content, bool withFlags)
    {
        using JsonDocument document = Json.ParseObject(source, content);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            JsonElement value = property.Value;
            if (property.Name.EndsWith("_token", StringComparison.Ordinal))
            {
                if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement inner))
                    value = inner;
                if (value.ValueKind == JsonValueKind.String)
                    _names[property.Name] = value.GetString()!;
            }
            else if (withFlags && value.ValueKind is JsonValueKind.True or JsonValueKind.False)
                _flags[property.Name] = value.GetBoolean();
            else if (withFlags && property.NameEquals("added_tokens_decoder") && value.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty token in value.EnumerateObject())
                {
                    if (!int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                        throw new TokenizerException($"{source}: '{token.Name}' in added_tokens_decoder is not an id. Ids are 0, 1, 2, ….");
                    _added[id] = ReadAddedToken(source, token.Value, id);
                }
            }
        }
    }

    private void ReadAddedTokens(byte[] content)
    {
        using JsonDocument document = Json.ParseObject(TokenizerFiles.AddedTokens, content);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int id))
                throw new TokenizerException(
                    $"{TokenizerFiles.AddedTokens}: the id of '{property.Name}' is not a whole number. Ids are 0, 1, 2, ….");
            _added.TryAdd(id, new AddedToken(id, property.Name, _names.ContainsValue(property.Name)));
        }
    }
}
