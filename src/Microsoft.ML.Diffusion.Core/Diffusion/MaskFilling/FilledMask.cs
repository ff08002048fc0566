namespace Microsoft.ML.Diffusion;

/// <summary>A mask of a text, with the tokens that may stand in its place.</summary>
/// <param name="Start">The start of the mask's name in the text, in UTF-16 characters.</param>
/// <param name="Length">The number of characters of the name.</param>
/// <param name="Candidates">The most probable tokens, by falling probability; of equal ones the lowest id first.</param>
public sealed record FilledMask(int Start, int Length, IReadOnlyList<MaskCandidate> Candidates);
