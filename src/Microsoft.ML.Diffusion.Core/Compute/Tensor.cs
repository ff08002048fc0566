namespace Microsoft.ML.Diffusion.Compute;

/// <summary>A handle, with a shape, to a matrix that lives in an <see cref="Executor"/> until it is released.</summary>
/// <param name="Index">The executor's index of it.</param>
/// <param name="Rows">Rows: tokens, or requested positions.</param>
/// <param name="Columns">Columns: the width.</param>
public readonly record struct Tensor(int Index, int Rows, int Columns);
