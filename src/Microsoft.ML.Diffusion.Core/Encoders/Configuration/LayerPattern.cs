using System.Collections.Immutable;

namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>A selection of an encoder's layers: every n-th, starting with the first, or those of a list. Immutable.</summary>
public readonly struct LayerPattern : IEquatable<LayerPattern>
{
    private readonly int _others; // interval - 1, so that the default is every layer
    private readonly ImmutableArray<bool> _layers;

    private LayerPattern(int interval, ImmutableArray<bool> layers = default) => (_others, _layers) = (interval - 1, layers);

    /// <summary>Every layer.</summary>
    public static LayerPattern All => default;

    /// <summary>The distance from one selected layer to the next; null if the layers are not evenly spaced from the first on.</summary>
    public int? Interval => _layers.IsDefault ? _others + 1 : null;

    /// <summary>Layers 0, <paramref name="interval"/>, 2 · <paramref name="interval"/> and so on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The interval is below 1.</exception>
    public static LayerPattern Every(int interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, 1);
        return new LayerPattern(interval);
    }

    /// <summary>
    /// The layers for which a list is true, with one entry for each layer. A list that selects every n-th layer from the first on equals
    /// <see cref="Every"/>.
    /// </summary>
    public static LayerPattern Of(params ReadOnlySpan<bool> layers)
    {
        if (layers.Length > 0 && layers[0])
        {
            int interval = layers[1..].IndexOf(true) is int next and >= 0 ? next + 1 : Math.Max(layers.Length, 1);
            if (IsEvery(layers, interval))
                return new LayerPattern(interval);
        }
        return new LayerPattern(1, ImmutableArray.Create(layers));
    }

    /// <summary>Whether a layer, counted from 0, is selected; a layer beyond the end of a list is not.</summary>
    public bool Contains(int layer) => _layers.IsDefault ? layer % (_others + 1) == 0 : layer < _layers.Length && _layers[layer];

    /// <inheritdoc/>
    public bool Equals(LayerPattern other) => Interval is int interval
        ? interval == other.Interval
        : other.Interval is null && _layers.AsSpan().SequenceEqual(other._layers.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LayerPattern other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Interval is int interval ? interval : _layers.Length * 31 + _layers.Count(layer => layer);

    /// <inheritdoc/>
    public override string ToString() => Interval switch
    {
        1 => "every layer",
        int interval => $"every {interval} layers",
        null => "layers " +
            string.Join(", ", _layers.Select((holds, layer) => (holds, layer)).Where(item => item.holds).Select(item => item.layer)),
    };

    /// <summary>Whether two patterns are equal.</summary>
    public static bool operator ==(LayerPattern left, LayerPattern right) => left.Equals(right);

    /// <summary>Whether two patterns differ.</summary>
    public static bool operator !=(LayerPattern left, LayerPattern right) => !left.Equals(right);

    private static bool IsEvery(ReadOnlySpan<bool> layers, int interval)
    {
        for (int i = 0; i < layers.Length; i++)
        {
            if (layers[i] != (i % interval == 0))
                return false;
        }
        return true;
    }
}
