namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>One way to fill a template: the lengths of its gaps and the places of the required words.</summary>
/// <param name="Lengths">The number of tokens of each gap, [gaps].</param>
/// <param name="Places">Where each required word stands, [words].</param>
internal sealed record InfillCandidate(int[] Lengths, WordPlace[] Places);

/// <summary>Where a required word stands.</summary>
/// <param name="Gap">The gap.</param>
/// <param name="Offset">The number of the gap's tokens before it.</param>
/// <param name="Length">The number of its tokens there.</param>
internal readonly record struct WordPlace(int Gap, int Offset, int Length);
