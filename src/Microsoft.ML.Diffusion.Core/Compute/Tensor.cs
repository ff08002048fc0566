namespace Microsoft.ML.Diffusion.Compute;

/// <summary>A matrix that lives in an <see cref="Executor"/> until it is released: a handle with its shape.</summary>
/// <param name="Index">The executor's name for it.</param>
/// <param name="Rows">Rows: tokens, or positions asked for.</param>
/// <param name="Columns">Columns: the width.</param>
public readonly record struct Tensor(int Index, int Rows, int Columns);
