namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The role of a <see cref="Parameter"/>. Initialization, weight decay, packing and quantization depend on this, never on the name.
/// </summary>
public enum ParameterRole
{
    /// <summary>The weight of a linear layer, [outputs × inputs].</summary>
    Matrix,
    /// <summary>A lookup table, [entries × width]; as a tied decoder it is also used in products.</summary>
    Table,
    /// <summary>A vector added to each row, [1 × width].</summary>
    Bias,
    /// <summary>The scale of a normalization, [1 × width].</summary>
    Norm,
}
