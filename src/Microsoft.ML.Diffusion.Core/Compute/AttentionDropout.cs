namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// What attention drops of its probabilities. Whether one is dropped is drawn from the key, the head, and the positions of query and
/// key in their sequence, so it does not depend on what else is in the batch.
/// </summary>
/// <param name="Rate">The chance of being dropped; 0 for none.</param>
/// <param name="Key">What is drawn from.</param>
public readonly record struct AttentionDropout(double Rate, ulong Key);
