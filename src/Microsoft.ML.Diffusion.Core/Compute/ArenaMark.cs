namespace Microsoft.ML.Diffusion.Compute;

/// <summary>A position in an executor's memory to return to with <see cref="Executor.Release"/>.</summary>
/// <param name="Index">The position; its meaning is defined by the executor that made it.</param>
public readonly record struct ArenaMark(int Index);
