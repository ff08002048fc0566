namespace Microsoft.ML.Diffusion;

/// <summary>What was written into a gap.</summary>
/// <param name="Text">As it stands in the text, without the white characters that are the template's.</param>
/// <param name="TokenIds">Its tokens; none is special.</param>
public sealed record FilledGap(string Text, IReadOnlyList<int> TokenIds);
