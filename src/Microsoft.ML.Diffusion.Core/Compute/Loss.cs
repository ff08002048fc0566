namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A float64 number on an <see cref="Executor"/>'s device, until its <see cref="Executor.Reset"/>: a handle, read with
/// <see cref="Pass.Read(Loss)"/>.
/// </summary>
/// <param name="Index">The executor's name for it.</param>
public readonly record struct Loss(int Index);
