namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A named entity's place in a text.</summary>
/// <param name="Type">The entity's type, such as <c>PER</c>.</param>
/// <param name="Start">Where it starts, in UTF-16 characters.</param>
/// <param name="Length">Its length, in UTF-16 characters.</param>
public readonly record struct CharacterSpan(string Type, int Start, int Length)
{
    /// <summary>Where it ends (exclusive), in UTF-16 characters.</summary>
    public int End => Start + Length;
}
