namespace Microsoft.ML.Diffusion.Onnx.Reading.Values;

/// <summary>The value in the graph that masks scores, so that it can be evaluated on longer sequences.</summary>
/// <param name="Name">The value's name.</param>
/// <param name="Kind">How it masks.</param>
internal sealed record MaskSource(string Name, MaskKind Kind);

/// <summary>How a value masks scores.</summary>
internal enum MaskKind
{
    /// <summary>It is added: 0 allows, a very negative number forbids.</summary>
    Added,

    /// <summary>What is not 0 allows.</summary>
    Allows,

    /// <summary>What is not 0 forbids.</summary>
    Forbids,

    /// <summary>The mask of a fused operator, over keys alone.</summary>
    Keys,
}
