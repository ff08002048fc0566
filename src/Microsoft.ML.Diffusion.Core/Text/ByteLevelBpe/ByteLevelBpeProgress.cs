namespace Microsoft.ML.Diffusion.Text;

/// <summary>The progress of training a vocabulary.</summary>
/// <param name="Characters">The number of characters read so far, while words are counted; 0 afterwards.</param>
/// <param name="Words">The number of distinct words so far.</param>
/// <param name="Merges">The number of merges found so far.</param>
public readonly record struct ByteLevelBpeProgress(long Characters, int Words, int Merges);
