namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>A position that competes with others.</summary>
/// <param name="Index">Which one it is to the sampler, such as its index among the proposals.</param>
/// <param name="Position">Where it stands in the row; of equal scores the lower wins.</param>
/// <param name="Score">The greater wins.</param>
internal record struct RankedPosition(int Index, int Position, double Score);
