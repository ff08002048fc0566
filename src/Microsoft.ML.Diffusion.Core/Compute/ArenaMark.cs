namespace Microsoft.ML.Diffusion.Compute;

/// <summary>How full an executor's arena was.</summary>
/// <param name="Tensors">The number of tensors.</param>
/// <param name="Used">The elements they take.</param>
/// <param name="Islands">The number of tensors that were kept when others were released.</param>
public readonly record struct ArenaMark(int Tensors, long Used, int Islands);
