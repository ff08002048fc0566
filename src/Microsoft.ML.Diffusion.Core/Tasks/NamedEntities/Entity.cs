namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A named entity found in a text.</summary>
/// <param name="Type">The entity's type, such as <c>PER</c>.</param>
/// <param name="Text">The entity, as it stands in the text.</param>
/// <param name="Start">Where it starts in the text, in UTF-16 characters.</param>
/// <param name="Score">The geometric mean of the probabilities of its words' labels.</param>
public sealed record Entity(string Type, string Text, int Start, double Score)
{
    /// <summary>Where it ends in the text (exclusive), in UTF-16 characters.</summary>
    public int End => Start + Text.Length;
}
