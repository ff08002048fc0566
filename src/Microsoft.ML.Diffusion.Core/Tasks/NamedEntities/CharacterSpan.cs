namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A part of a text that names something.</summary>
/// <param name="Type">What kind of thing, as <c>PER</c>.</param>
/// <param name="Start">Where it starts, in UTF-16 characters.</param>
/// <param name="Length">Its length, in UTF-16 characters.</param>
public readonly record struct CharacterSpan(string Type, int Start, int Length)
{
    /// <summary>Where it ends (exclusive), in UTF-16 characters.</summary>
    public int End => Start + Length;
}
