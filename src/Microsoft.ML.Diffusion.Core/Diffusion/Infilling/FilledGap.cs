namespace Microsoft.ML.Diffusion;

/// <summary>The text written into a gap.</summary>
/// <param name="Text">The text as it stands in the result, without whitespace that belongs to the template.</param>
/// <param name="TokenIds">Its tokens; none is special.</param>
public sealed record FilledGap(string Text, IReadOnlyList<int> TokenIds);
