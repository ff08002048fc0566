namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The bounds of sequences that are packed end to end, on an <see cref="Executor"/>'s device, until its <see cref="Executor.Reset"/>: a
/// handle. A run may have several.
/// </summary>
/// <param name="Index">The executor's name for them.</param>
/// <param name="Count">The number of sequences.</param>
/// <param name="Rows">The rows of all sequences together.</param>
/// <param name="Longest">The rows of the longest sequence; 0 where there is none.</param>
/// <param name="FirstEmpty">The first sequence without rows; −1 where each has some.</param>
public readonly record struct Sequences(int Index, int Count, int Rows, int Longest, int FirstEmpty);
