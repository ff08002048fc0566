using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.ML.SearchSpace;

/// <summary>The kind of a parameter's value.</summary>
public enum ParameterType
{
    Integer = 0,
    Number = 1,
    Bool = 2,
    String = 3,
    Object = 4,
}

/// <summary>A value of a setting: a number, a text, a Boolean, or several values by name.</summary>
[JsonConverter(typeof(ParameterConverter))]
public sealed class Parameter : IDictionary<string, Parameter>, IEquatable<Parameter>, IEqualityComparer<Parameter>
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter() } };
    private readonly object _value;

    private Parameter(object value) => _value = value;

    public static Parameter FromDouble(double value) => new(value);
    public static Parameter FromObject<T>(T value)
        where T : class => new(value is Enum ? value.ToString() : value);

    public static Parameter CreateNestedParameter(params KeyValuePair<string, Parameter>[] parameters) =>
        new(new Dictionary<string, Parameter>(parameters));

    public int Count => _value is Dictionary<string, Parameter> nested ? nested.Count : 1;
    public bool IsReadOnly => false;

    public ParameterType ParameterType => _value switch
    {
        int or long => ParameterType.Integer, double or float => ParameterType.Number, bool => ParameterType.Bool,
            string => ParameterType.String, _ => ParameterType.Object,
    };

    public ICollection<string> Keys => Nested.Keys;
    ICollection<Parameter> IDictionary<string, Parameter>.Values => Nested.Values;

    public Parameter this[string key]
    {
        get => Nested[key];
        set => Nested[key] = value;
    }

    public T AsType<T>() => _value is T value ? value : JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(_value, s_json), s_json);
    public void Add(string key, Parameter value) => Nested.Add(key, value);
    public void Add(KeyValuePair<string, Parameter> item) => Nested.Add(item);
    public void Clear() => Nested.Clear();
    public bool Contains(KeyValuePair<string, Parameter> item) => Nested.Contains(item);
    public bool ContainsKey(string key) => Nested.ContainsKey(key);
    public void CopyTo(KeyValuePair<string, Parameter>[] array, int arrayIndex) => Nested.CopyTo(array, arrayIndex);
    public bool Remove(string key) => Nested.Remove(key);
    public bool Remove(KeyValuePair<string, Parameter> item) => Nested.Remove(item);
    public bool TryGetValue(string key, out Parameter value) => Nested.TryGetValue(key, out value);
    IEnumerator<KeyValuePair<string, Parameter>> IEnumerable<KeyValuePair<string, Parameter>>.GetEnumerator() => Nested.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => Nested.GetEnumerator();

    public bool Equals(Parameter other) => other is not null && ToString() == other.ToString();
    public bool Equals(Parameter x, Parameter y) => x.Equals(y);
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
    public int GetHashCode(Parameter obj) => obj.GetHashCode();
    public override string ToString() => JsonSerializer.Serialize(_value, s_json);

    private IDictionary<string, Parameter> Nested =>
        _value as IDictionary<string, Parameter> ?? throw new InvalidOperationException($"The parameter {this} has no parts by name.");
}

/// <summary>Writes a parameter as its value; reading is not supported.</summary>
file sealed class ParameterConverter : JsonConverter<Parameter>
{
    public override Parameter Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        throw new NotSupportedException();
    public override void Write(Utf8JsonWriter writer, Parameter value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.ToString());
}
