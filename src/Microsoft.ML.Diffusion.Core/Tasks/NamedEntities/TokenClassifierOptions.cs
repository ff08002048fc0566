namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How words are labeled.</summary>
public sealed record TokenClassifierOptions
{
    /// <summary>How long texts are split.</summary>
    public LabelWindowOptions Windows { get; init; } = new();

    /// <summary>
    /// Whether the labels of a text are its most probable sequence that is valid in their scheme
    /// (<see cref="TagDecoder"/>); if false, each word has its most probable label.
    /// </summary>
    public bool ConstrainedDecoding { get; init; }

    /// <summary>The most tokens that the model runs together; a longer window runs alone.</summary>
    public int BatchTokens { get; init; } = 4096;
}
