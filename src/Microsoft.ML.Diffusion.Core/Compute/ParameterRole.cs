namespace Microsoft.ML.Diffusion.Compute;

/// <summary>What a <see cref="Parameter"/> does: on this, never on its name, depend its fresh values, weight decay, packing and rounding to integers.</summary>
public enum ParameterRole
{
    /// <summary>The weight of a linear layer, [outputs × inputs]: it multiplies.</summary>
    Matrix,
    /// <summary>Rows that are looked up, [entries × width]; as a tied decoder it multiplies too.</summary>
    Table,
    /// <summary>What is added to each row, [1 × width].</summary>
    Bias,
    /// <summary>The scale of a normalisation, [1 × width].</summary>
    Norm,
}
