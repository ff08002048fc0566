namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>A position that competes with others.</summary>
/// <param name="Index">The sampler's own index of it, such as its index among the proposals.</param>
/// <param name="Position">The position in the row; the lower one wins among equal scores.</param>
/// <param name="Score">The greater wins.</param>
internal record struct RankedPosition(int Index, int Position, double Score);
