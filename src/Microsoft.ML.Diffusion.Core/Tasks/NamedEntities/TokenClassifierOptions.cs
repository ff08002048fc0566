namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How words are labelled.</summary>
public sealed record TokenClassifierOptions
{
    /// <summary>How long texts are cut.</summary>
    public LabelWindowOptions Windows { get; init; } = new();

    /// <summary>
    /// Whether the labels of a text are its most probable sequence that is valid in their scheme (<see cref="TagDecoder"/>); else each word has its most
    /// probable label.
    /// </summary>
    public bool ConstrainedDecoding { get; init; }

    /// <summary>The most tokens that the model takes together; a window that is longer is taken alone.</summary>
    public int BatchTokens { get; init; } = 4096;
}
