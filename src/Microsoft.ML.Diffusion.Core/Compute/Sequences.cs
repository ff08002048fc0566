namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A handle to the bounds of sequences that are packed end to end, on an <see cref="Executor"/>'s device, valid until its
/// <see cref="Executor.Reset"/>. A run may have several.
/// </summary>
/// <param name="Index">The executor's index of them.</param>
/// <param name="Count">The number of sequences.</param>
/// <param name="Rows">The rows of all sequences together.</param>
/// <param name="Longest">The rows of the longest sequence; 0 if there are no sequences.</param>
/// <param name="FirstEmpty">The first sequence without rows; −1 if there is none.</param>
public readonly record struct Sequences(int Index, int Count, int Rows, int Longest, int FirstEmpty);
