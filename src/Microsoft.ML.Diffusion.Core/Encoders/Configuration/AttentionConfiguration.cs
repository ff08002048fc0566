namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The attention of an encoder's layers.</summary>
public sealed record AttentionConfiguration
{
    /// <summary>The number of heads; it divides the hidden size.</summary>
    public required int Heads { get; init; }

    /// <summary>Whether the linear layers have biases.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The dropout rate of the probabilities, while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The dropout rate of what attention adds, while training; null where the family drops nothing there.</summary>
    public double? OutputDropout { get; init; } = 0;

    /// <summary>The layers that see the whole sequence; the others see a window of it.</summary>
    public LayerPattern GlobalLayers { get; init; }

    /// <summary>The window of the other layers: a position sees half of it to either side.</summary>
    public int LocalWindow { get; init; }

    /// <summary>The rotary base of layers that see everything; of use where positions are rotary.</summary>
    public double GlobalTheta { get; init; }

    /// <summary>The rotary base of layers with a window.</summary>
    public double LocalTheta { get; init; }

    /// <summary>The farthest position that a layer sees.</summary>
    internal int Reach(int layer) => GlobalLayers.Contains(layer) ? int.MaxValue : LocalWindow / 2;

    /// <summary>The rotary base of a layer.</summary>
    internal double Theta(int layer) => GlobalLayers.Contains(layer) ? GlobalTheta : LocalTheta;
}
