using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The names of a head's classes, in the order of its outputs (<c>id2label</c> of a configuration). Immutable.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "A set of labels is what the field calls it.")]
public sealed class LabelSet : IReadOnlyList<string>
{
    private const int NamesInMessages = 12;

    private readonly string[] _names;
    private readonly Dictionary<string, int> _indices;

    /// <summary>Makes a set of labels.</summary>
    /// <param name="names">The names, starting with that of output 0.</param>
    /// <exception cref="ArgumentException">There is no name, a name is empty, or a name occurs twice.</exception>
    public LabelSet(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _names = [.. names];
        if (_names.Length == 0)
            throw new ArgumentException("There are no labels; expected one or more. Give the names of the classes.", nameof(names));
        _indices = new Dictionary<string, int>(_names.Length, StringComparer.Ordinal);
        for (int i = 0; i < _names.Length; i++)
        {
            if (string.IsNullOrEmpty(_names[i]))
                throw new ArgumentException($"Label {i} is empty; expected a name. Name every class.", nameof(names));
            if (!_indices.TryAdd(_names[i], i))
                throw new ArgumentException(
                    $"Labels {_indices[_names[i]]} and {i} are both '{_names[i]}'; expected names that differ. Remove one.", nameof(names));
        }
    }

    /// <summary>The number of labels.</summary>
    public int Count => _names.Length;

    /// <summary>The name of an output.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public string this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _names.Length);
            return _names[index];
        }
    }

    /// <summary>The distinct names among some, in ordinal order, as fine-tuning scripts number the labels that they find in data.</summary>
    /// <exception cref="ArgumentException">There is no name, or one is empty.</exception>
    public static LabelSet FromData(IEnumerable<string> names) => new(names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    /// <summary>The output for a name.</summary>
    /// <exception cref="ArgumentException">The name is not in the set.</exception>
    public int IndexOf(string name) => TryIndexOf(name, out int index)
        ? index
        : throw new ArgumentException(
            $"'{name}' is not a label; expected one of '{string.Join("', '", _names.Take(NamesInMessages))}'"
            + $"{(_names.Length > NamesInMessages ? $" and {_names.Length - NamesInMessages} more" : "")}."
            + " Correct it (it is case-sensitive), or train with examples that have it.", nameof(name));

    /// <summary>Looks a name up.</summary>
    /// <returns>Whether it is in the set.</returns>
    internal bool TryIndexOf(string name, out int index)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _indices.TryGetValue(name, out index);
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_names).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
