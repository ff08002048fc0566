namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A handle to a float64 number on an <see cref="Executor"/>'s device, valid until its <see cref="Executor.Reset"/>; read it with
/// <see cref="Pass.Read(Loss)"/>.
/// </summary>
/// <param name="Index">The executor's index of it.</param>
public readonly record struct Loss(int Index);
