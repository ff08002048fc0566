namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>One way to fill a template: the lengths of its gaps, and where the required words stand.</summary>
/// <param name="Lengths">The number of tokens of each gap, [gaps].</param>
/// <param name="Places">Where each required word stands, [words].</param>
internal sealed record InfillCandidate(int[] Lengths, WordPlace[] Places);

/// <summary>Where a required word stands.</summary>
/// <param name="Gap">The gap.</param>
/// <param name="Offset">How many tokens of the gap are before it.</param>
/// <param name="Length">How many tokens it has there.</param>
internal readonly record struct WordPlace(int Gap, int Offset, int Length);
