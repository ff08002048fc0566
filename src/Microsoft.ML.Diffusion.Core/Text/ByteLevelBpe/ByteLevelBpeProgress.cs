namespace Microsoft.ML.Diffusion.Text;

/// <summary>How far the making of a vocabulary has come.</summary>
/// <param name="Characters">The characters read so far, while words are counted; 0 after.</param>
/// <param name="Words">The different words so far.</param>
/// <param name="Merges">The merges found so far.</param>
public readonly record struct ByteLevelBpeProgress(long Characters, int Words, int Merges);
