namespace Microsoft.ML.Diffusion.Encoders;

/// <summary>The attention of an encoder's layers.</summary>
public sealed record AttentionConfiguration
{
    /// <summary>The number of heads; it divides the hidden size.</summary>
    public required int Heads { get; init; }

    /// <summary>Whether the linear layers have biases.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>The dropout rate of the attention probabilities, in training.</summary>
    public double Dropout { get; init; }

    /// <summary>The dropout rate of attention's output, in training; null if the family has none there.</summary>
    public double? OutputDropout { get; init; } = 0;

    /// <summary>Every n-th layer, from the first on, sees the whole sequence; 1 for all layers.</summary>
    public int GlobalLayerInterval { get; init; } = 1;

    /// <summary>The window of the other layers: a position sees half of it to either side.</summary>
    public int LocalWindow { get; init; }

    /// <summary>The rotary base of layers without a window; used only with rotary positions.</summary>
    public double GlobalTheta { get; init; }

    /// <summary>The rotary base of layers with a window.</summary>
    public double LocalTheta { get; init; }

    /// <summary>The greatest distance that a layer sees.</summary>
    internal int Reach(int layer) => layer % GlobalLayerInterval == 0 ? int.MaxValue : LocalWindow / 2;

    /// <summary>The rotary base of a layer.</summary>
    internal double Theta(int layer) => layer % GlobalLayerInterval == 0 ? GlobalTheta : LocalTheta;
}
