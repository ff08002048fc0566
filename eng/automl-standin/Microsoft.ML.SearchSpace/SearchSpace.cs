using System.Collections;
using System.Reflection;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.SearchSpace;

/// <summary>The possible values of several settings, by name; positions are in the order of the names.</summary>
public class SearchSpace : OptionBase, IDictionary<string, OptionBase>
{
    private readonly Dictionary<string, OptionBase> _options = [];

    public SearchSpace() { }

    protected SearchSpace(Type typeInfo, Parameter defaultOption = null)
    {
        foreach (PropertyInfo property in typeInfo.GetProperties())
        {
            OptionBase option = property.GetCustomAttributes(false).Select(OptionOf).FirstOrDefault(o => o is not null);
            if (option is not null)
                _options.Add(property.Name, option);
        }
    }

    public override double[] Default => [.. Ordered.SelectMany(option => option.Value.Default)];
    public override int FeatureSpaceDim => _options.Values.Sum(option => option.FeatureSpaceDim);
    public override int?[] Step => [.. Ordered.SelectMany(option => option.Value.Step)];
    public int Count => _options.Count;
    public bool IsReadOnly => false;
    public ICollection<string> Keys => _options.Keys;
    public ICollection<OptionBase> Values => _options.Values;

    public OptionBase this[string key]
    {
        get => _options[key];
        set => _options[key] = value;
    }

    public override Parameter SampleFromFeatureSpace(double[] feature)
    {
        Parameter sample = Parameter.CreateNestedParameter();
        int start = 0;
        foreach ((string name, OptionBase option) in Ordered)
        {
            sample[name] = option.SampleFromFeatureSpace(feature[start..(start + option.FeatureSpaceDim)]);
            start += option.FeatureSpaceDim;
        }
        return sample;
    }

    public override double[] MappingToFeatureSpace(Parameter parameter) =>
        [.. Ordered.SelectMany(option => option.Value.MappingToFeatureSpace(parameter[option.Key]))];
    public void Add(string key, OptionBase value) => _options.Add(key, value);
    public void Add(KeyValuePair<string, OptionBase> item) => _options.Add(item.Key, item.Value);
    public void Clear() => _options.Clear();
    public bool Contains(KeyValuePair<string, OptionBase> item) => _options.Contains(item);
    public bool ContainsKey(string key) => _options.ContainsKey(key);
    public void CopyTo(KeyValuePair<string, OptionBase>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, OptionBase>>)_options).CopyTo(array, arrayIndex);
    public bool Remove(string key) => _options.Remove(key);
    public bool Remove(KeyValuePair<string, OptionBase> item) => ((ICollection<KeyValuePair<string, OptionBase>>)_options).Remove(item);
    public bool TryGetValue(string key, out OptionBase value) => _options.TryGetValue(key, out value);
    public IEnumerator<KeyValuePair<string, OptionBase>> GetEnumerator() => _options.GetEnumerator();
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<KeyValuePair<string, OptionBase>> Ordered => _options.OrderBy(option => option.Key);

    private static OptionBase OptionOf(object attribute) => attribute switch
    {
        RangeAttribute range => new UniformDoubleOption((double)range.Min, (double)range.Max, range.LogBase, (double)range.Init),
        ChoiceAttribute choice => new ChoiceOption(choice.Candidates, choice.DefaultValue),
        _ => null,
    };
}

/// <summary>The possible values of a class's members that have attributes.</summary>
public sealed class SearchSpace<T> : SearchSpace
    where T : class, new()
{
    public SearchSpace() : base(typeof(T)) { }
}
