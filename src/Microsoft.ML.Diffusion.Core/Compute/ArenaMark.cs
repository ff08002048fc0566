namespace Microsoft.ML.Diffusion.Compute;

/// <summary>A place in an executor's memory to go back to with <see cref="Executor.Release"/>.</summary>
/// <param name="Index">What it stands for is the affair of the executor that made it.</param>
public readonly record struct ArenaMark(int Index);
