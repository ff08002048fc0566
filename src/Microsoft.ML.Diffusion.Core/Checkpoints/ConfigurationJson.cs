using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// A JSON object of settings, such as <c>config.json</c>, read by name and type. Every error names the file, the property, the value found
/// and what was expected. A property that is <c>null</c> counts as absent, as in Hugging Face's files. Immutable.
/// </summary>
[SuppressMessage("Naming", "CA1720", Justification = "The getters are named after the types they return.")]
public sealed class ConfigurationJson
{
    /// <summary>The size limit of a configuration file.</summary>
    public const int MaximumBytes = 1 << 20;

    private const int MaximumValues = 100_000;
    private const int MaximumDepth = 32;

    private readonly JsonElement _object;
    private readonly string _file;
    private readonly string _path;

    private ConfigurationJson(JsonElement element, string file, string path)
    {
        _object = element;
        _file = file;
        _path = path;
    }

    /// <summary>The file's name in messages.</summary>
    public string Name => _file;

    /// <summary>The names of the properties, in the file's order.</summary>
    public IReadOnlyList<string> PropertyNames
    {
        get
        {
            try
            {
                return [.. _object.EnumerateObject().Select(property => property.Name)];
            }
            catch (InvalidOperationException exception)
            {
                throw new CheckpointException(
                    $"'{_file}': the name of a property is not well-formed text: {exception.Message} Correct the file.", exception);
            }
        }
    }

    /// <summary>Reads a file of a directory.</summary>
    /// <exception cref="CheckpointException">The file is absent, too long, not a JSON object, nested too deeply, or has a property
    /// twice.</exception>
    internal static ConfigurationJson Open(string path)
    {
        using ModelFile file = ModelFile.Open(path);
        return Read(file);
    }

    /// <summary>Reads a file; the caller still owns it and may dispose it afterwards.</summary>
    /// <inheritdoc cref="Open(string)"/>
    public static ConfigurationJson Read(ModelFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Read(file, MaximumBytes, MaximumValues);
    }

    /// <summary>Reads text in UTF-8.</summary>
    /// <param name="json">The file's content; a byte order mark is skipped.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <inheritdoc cref="Open(string)" path="/exception"/>
    public static ConfigurationJson Parse(ReadOnlySpan<byte> json, string name)
    {
        if (json.Length > MaximumBytes)
            throw new CheckpointException(
                $"'{name}' has {json.Length:N0} bytes; expected at most {MaximumBytes:N0}. Check that it is the right file.");
        return Parse(json, name, MaximumValues);
    }

    /// <summary>Whether the property is present and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Reads a whole number.</summary>
    /// <param name="name">The property.</param>
    /// <param name="defaultValue">The value of an absent property; null makes the property required.</param>
    /// <param name="minimum">The least value allowed.</param>
    /// <param name="maximum">The greatest value allowed.</param>
    /// <exception cref="CheckpointException">The property is absent without a default, of another type, or out of range.</exception>
    internal int Int(string name, int? defaultValue = null, int minimum = int.MinValue, int maximum = int.MaxValue)
    {
        string expected = $"a whole number from {minimum} to {maximum}";
        if (Find(name) is not JsonElement value)
            return defaultValue ?? throw Missing(name, expected);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= minimum && number <= maximum
            ? number
            : throw Wrong(name, value, expected);
    }

    /// <summary>Reads a finite number.</summary>
    /// <inheritdoc cref="Int"/>
    internal double Double(string name, double? defaultValue = null, double minimum = double.MinValue, double maximum = double.MaxValue)
    {
        string expected = minimum == double.MinValue && maximum == double.MaxValue ? "a finite number"
            : $"a number from {minimum:R} to {maximum:R}";
        if (Find(name) is not JsonElement value)
            return defaultValue ?? throw Missing(name, expected);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= minimum && number <= maximum
            ? number
            : throw Wrong(name, value, expected);
    }

    /// <summary>Reads <c>true</c> or <c>false</c>.</summary>
    /// <inheritdoc cref="Int"/>
    internal bool Bool(string name, bool? defaultValue = null)
    {
        if (Find(name) is not JsonElement value)
            return defaultValue ?? throw Missing(name, "true or false");
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(name, value, "true or false"),
        };
    }

    /// <summary>Reads a text.</summary>
    /// <param name="name">The property.</param>
    /// <param name="defaultValue">The value of an absent property; null makes the property required.</param>
    /// <param name="allowed">The allowed values; empty to allow all.</param>
    /// <inheritdoc cref="Int" path="/exception"/>
    internal string String(string name, string? defaultValue = null, params ReadOnlySpan<string> allowed)
    {
        string expected = allowed.IsEmpty ? "a text" : "one of \"" + string.Join("\", \"", allowed!) + "\"";
        if (Find(name) is not JsonElement value)
            return defaultValue ?? throw Missing(name, expected);
        return Text(value) is string text && (allowed.IsEmpty || allowed.Contains(text)) ? text : throw Wrong(name, value, expected);
    }

    /// <summary>Reads a list of texts, such as <c>architectures</c>; empty if it is absent.</summary>
    /// <exception cref="CheckpointException">The property is not a list of texts.</exception>
    internal IReadOnlyList<string> Strings(string name)
    {
        if (Find(name) is not JsonElement value)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(name, value, "a list of texts");
        return [.. value.EnumerateArray().Select(item => Text(item) ?? throw Wrong(name, value, "a list of texts"))];
    }

    /// <summary>Reads a list of whole numbers; empty if it is absent.</summary>
    /// <exception cref="CheckpointException">The property is not such a list, or a number is out of range.</exception>
    internal IReadOnlyList<int> Ints(string name, int minimum = int.MinValue, int maximum = int.MaxValue)
    {
        string expected = $"a list of whole numbers from {minimum} to {maximum}";
        if (Find(name) is not JsonElement value)
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(name, value, expected);
        return
        [
            .. value.EnumerateArray().Select(item =>
                item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number) && number >= minimum && number <= maximum
                    ? number
                    : throw Wrong(name, value, expected))
        ];
    }

    /// <summary>Reads an object within the object.</summary>
    /// <exception cref="CheckpointException">The property is absent or not an object.</exception>
    internal ConfigurationJson Section(string name)
    {
        JsonElement value = Find(name) ?? throw Missing(name, "an object");
        return value.ValueKind == JsonValueKind.Object ? new ConfigurationJson(value, _file, _path + name + ".")
            : throw Wrong(name, value, "an object");
    }

    /// <summary>Makes the error for a property whose value the caller cannot use.</summary>
    /// <param name="name">The property.</param>
    /// <param name="expected">What was expected, such as <c>a multiple of num_attention_heads</c>.</param>
    internal CheckpointException Error(string name, string expected) => Find(name) is JsonElement value ? Wrong(name, value, expected)
        : Missing(name, expected);

    internal static ConfigurationJson Read(ModelFile file, int maximumBytes, int maximumValues)
    {
        using ModelFile.Lease bytes = file.BorrowAll(maximumBytes);
        return Parse(bytes.Span, file.Name, maximumValues);
    }

    private static ConfigurationJson Parse(ReadOnlySpan<byte> json, string file, int maximumValues)
    {
        if (json.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            json = json[3..];
        if (!Utf8.IsValid(json))
            throw new CheckpointException(
                $"'{file}' is not UTF-8; expected JSON in UTF-8. {Messages.Impostor(json) ?? "Save it again in that encoding."}");
        try
        {
            CountValues(json, file, maximumValues);
            JsonElement element =
                JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
            return element.ValueKind == JsonValueKind.Object
                ? new ConfigurationJson(element, file, "")
                : throw new CheckpointException(
                    $"'{file}' contains {Show(element)}; expected a JSON object. Check that it is the right file.");
        }
        // InvalidOperationException: a name with escapes that are not well-formed text.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CheckpointException(
                $"'{file}' is not the JSON that was expected: {exception.Message} " +
                $"{Messages.Impostor(json) ?? "Correct the file or download it again."}", exception);
        }
    }

    /// <summary>The parser's table takes 12 bytes per value, so the number of values is limited before parsing.</summary>
    private static void CountValues(ReadOnlySpan<byte> json, string file, int maximumValues)
    {
        int count = 0;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        while (reader.Read())
        {
            if (++count > maximumValues)
                throw new CheckpointException(
                    $"'{file}' contains more than {maximumValues:N0} JSON values; expected fewer. Check that it is the right file.");
        }
    }

    private JsonElement? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private CheckpointException Missing(string name, string expected) =>
        new($"'{_file}' has no property {Messages.Quote(_path + name)}; expected {expected}. Add it, or use the file that was saved " +
            $"with the model.");

    private CheckpointException Wrong(string name, JsonElement value, string expected) =>
        new($"'{_file}': property {Messages.Quote(_path + name)} is {Show(value)}; expected {expected}. Correct it, or use the file that " +
            $"was saved with the model.");

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {value.GetArrayLength():N0}",
        _ => Messages.Quote(value.GetRawText().AsSpan()),
    };
}
