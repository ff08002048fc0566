namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The dropout of attention probabilities: P becomes P ∘ M / (1 − rate). The draw depends on the key, the head, and the positions of query
/// and key in their sequence, not on the rest of the batch: for query i and key j, M is 0 where word j mod 4 (X, Y, Z, W) of
/// <see cref="Philox.Words"/>(key, head · 2³² + i, j / 4) is below ⌊rate · (2³² − 1)⌋, else 1.
/// </summary>
/// <remarks>
/// An engine whose attention cannot draw this way may draw differently if it documents that and uses the same draws in the backward.
/// </remarks>
/// <param name="Rate">The probability of being dropped; 0 for none.</param>
/// <param name="Key">The key of the draws.</param>
public readonly record struct AttentionDropout(double Rate, ulong Key);
