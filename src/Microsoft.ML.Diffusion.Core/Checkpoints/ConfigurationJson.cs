using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
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

    /// <summary>Reads a file that holds a list of objects, such as <c>modules.json</c>.</summary>
    /// <exception cref="CheckpointException">The file is too long, no list of objects, nested too deeply, or an
    /// object has a property twice.</exception>
    internal static IReadOnlyList<ConfigurationJson> ReadList(ModelFile file)
    {
        using ModelFile.Lease bytes = file.BorrowAll(MaximumBytes);
        JsonElement list = ParseValue(bytes.Span, file.Name, MaximumValues);
        return list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? [.. list.EnumerateArray().Select((item, i) => new ConfigurationJson(item, file.Name, $"[{i}]."))]
            : throw new CheckpointException(
                $"'{file.Name}' holds {Show(list)}; expected a JSON list of objects. Check that it is the right file.");
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

    /// <summary>The object as the file has it.</summary>
    internal byte[] ToUtf8() => Encoding.UTF8.GetBytes(_object.GetRawText());

    /// <summary>Whether the property is present and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Whether the property is present and <c>null</c>, for properties in which that differs from absence.</summary>
    internal bool IsNull(string name) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;

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
    /// <param name="supported">The supported values; empty to allow all.</param>
    /// <inheritdoc cref="Int" path="/exception"/>
    internal string String(string name, string? defaultValue = null, params ReadOnlySpan<string> supported)
    {
        if (Find(name) is not JsonElement value)
            return defaultValue ?? throw Missing(name, "a text");
        string text = Text(value) ?? throw Wrong(name, value, "a text");
        return supported.IsEmpty || supported.Contains(text)
            ? text
            : throw Unsupported(name, $"\"{Messages.Shorten(text)}\"", "\"" + string.Join("\", \"", supported!) + "\"");
    }

    /// <summary>Reads a list of texts, or an object with the keys 0, 1, 2, …, as a list of texts; null if it is absent.</summary>
    /// <exception cref="CheckpointException">The property is something else, or a key is missing.</exception>
    internal IReadOnlyList<string>? NumberedTexts(string name)
    {
        if (Find(name) is not JsonElement value)
            return null;
        const string expected = "a list of names, or an object that names 0, 1, 2, …";
        if (value.ValueKind == JsonValueKind.Array)
            return [.. value.EnumerateArray().Select(item => Scalar(item) ?? throw Wrong(name, value, expected))];
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(name, value, expected);
        int count = value.GetPropertyCount();
        var texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            if (!value.TryGetProperty(i.ToString(CultureInfo.InvariantCulture), out JsonElement item))
            {
                throw new CheckpointException(
                    $"'{_file}': property {Messages.Quote(_path + name)} has {count} names but none for {i}; expected the names of 0 " +
                        $"to {count - 1}. " +
                    "Use the file that was saved with the model; renumbering the names would assign them to other outputs.");
            }
            texts[i] = Scalar(item) ?? throw Wrong(name, value, expected);
        }
        return texts;
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

    /// <summary>Makes the error for a valid value that is not supported. It does not advise to change the file:
    /// the weights would stay the same.</summary>
    /// <param name="name">The property.</param>
    /// <param name="given">Its value, or the part of it that is not supported.</param>
    /// <param name="supported">What is supported.</param>
    internal CheckpointException Unsupported(string name, string given, string supported) => new(
        $"'{_file}': property {Messages.Quote(_path + name)} asks for {given}, which is not supported; supported: {supported}. " +
        "Use a model that was trained with a supported value: changing the file would not change the weights.");

    /// <summary>Makes the error for two properties that contradict each other.</summary>
    /// <param name="name">One of them.</param>
    /// <param name="other">The other.</param>
    /// <param name="remedy">What to do.</param>
    internal CheckpointException Contradiction(string name, string other, string remedy) => new(
        $"'{_file}': the properties {Messages.Quote(_path + name)} and {Messages.Quote(_path + other)} contradict each other; expected " +
            $"one meaning. {remedy}");

    internal static ConfigurationJson Read(ModelFile file, int maximumBytes, int maximumValues)
    {
        using ModelFile.Lease bytes = file.BorrowAll(maximumBytes);
        return Parse(bytes.Span, file.Name, maximumValues);
    }

    private static ConfigurationJson Parse(ReadOnlySpan<byte> json, string file, int maximumValues)
    {
        JsonElement element = ParseValue(json, file, maximumValues);
        return element.ValueKind == JsonValueKind.Object
            ? new ConfigurationJson(element, file, "")
            : throw new CheckpointException($"'{file}' holds {Show(element)}; expected a JSON object. Check that it is the right file.");
    }

    private static JsonElement ParseValue(ReadOnlySpan<byte> json, string file, int maximumValues)
    {
        if (json.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            json = json[3..];
        if (!Utf8.IsValid(json))
            throw new CheckpointException(
                $"'{file}' is not UTF-8; expected JSON in UTF-8. {Messages.Impostor(json) ?? "Save it again in that encoding."}");
        try
        {
            CountValues(json, file, maximumValues);
            return JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
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
        new($"'{_file}' has no property {Messages.Quote(_path + name)}; expected {expected}. Use the file that was saved with the model.");

    private CheckpointException Wrong(string name, JsonElement value, string expected) =>
        new($"'{_file}': property {Messages.Quote(_path + name)} is {Show(value)}; expected {expected}. Use the file that was saved " +
            "with the model.");

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

    /// <summary>A text, or a number or truth value as text.</summary>
    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => Text(value),
    };

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {value.GetArrayLength():N0}",
        _ => Messages.Quote(value.GetRawText().AsSpan()),
    };
}
