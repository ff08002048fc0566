namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A run of words that is a named entity.</summary>
/// <param name="Type">The entity's type, such as <c>PER</c>.</param>
/// <param name="Start">The first word.</param>
/// <param name="End">The index after the last word.</param>
public readonly record struct EntitySpan(string Type, int Start, int End);
