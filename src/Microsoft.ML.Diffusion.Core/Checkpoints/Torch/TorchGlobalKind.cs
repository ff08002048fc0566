namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>The meaning of a <see cref="TorchGlobal"/>.</summary>
internal enum TorchGlobalKind
{
    /// <summary>An ordered dict.</summary>
    Table,

    /// <summary>A shape.</summary>
    Size,

    /// <summary>A tensor over a storage that has an element type.</summary>
    Tensor,

    /// <summary>A tensor that says its element type itself.</summary>
    TypedTensor,

    /// <summary>A parameter, which is a tensor.</summary>
    Parameter,

    /// <summary>A parameter with attributes.</summary>
    ParameterWithState,

    /// <summary>A storage, of an element type or of bytes.</summary>
    Storage,

    /// <summary>A dtype.</summary>
    ElementType,
}
