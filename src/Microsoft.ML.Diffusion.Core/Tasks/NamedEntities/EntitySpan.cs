namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A run of words that names something.</summary>
/// <param name="Type">What kind of thing, as <c>PER</c>.</param>
/// <param name="Start">The first word.</param>
/// <param name="End">The word after the last.</param>
public readonly record struct EntitySpan(string Type, int Start, int End);
