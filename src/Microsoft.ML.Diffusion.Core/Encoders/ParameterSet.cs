using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The parameters of a model by name, in declaration order.</summary>
public sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName = new(StringComparer.Ordinal);
    private readonly List<Parameter> _all = [];

    /// <summary>All parameters.</summary>
    public IReadOnlyList<Parameter> All => _all;

    /// <summary>The number of elements in all parameters together.</summary>
    public long Length => _all.Sum(parameter => parameter.Length);

    /// <summary>The parameter with a name.</summary>
    public Parameter this[string name] => _byName[name];

    /// <summary>Whether there is a parameter with a name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>A parameter's index among all.</summary>
    public int IndexOf(Parameter parameter) => _all.IndexOf(parameter);

    /// <summary>Adds a parameter.</summary>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">There is already a parameter with this name.</exception>
    internal Parameter Add(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        _byName.Add(parameter.Name, parameter);
        _all.Add(parameter);
        return parameter;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in _all)
            parameter.Dispose();
    }
}
