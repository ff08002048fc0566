namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// What attention drops of its probabilities: P becomes P ∘ M / (1 − rate). Whether one is dropped is drawn from the key, the head, and the
/// positions of query and key in their sequence, so it does not depend on what else is in the batch: M is 0 where word j mod 4 (X, Y, Z, W)
/// of <see cref="Philox.Words"/>(key, head · 2³² + i, j / 4), for query i and key j, is below ⌊rate · (2³² − 1)⌋, else 1.
/// </summary>
/// <remarks>An engine whose attention cannot draw so may draw otherwise, if it says so and draws the same in the backward.</remarks>
/// <param name="Rate">The chance of being dropped; 0 for none.</param>
/// <param name="Key">What is drawn from.</param>
public readonly record struct AttentionDropout(double Rate, ulong Key);
