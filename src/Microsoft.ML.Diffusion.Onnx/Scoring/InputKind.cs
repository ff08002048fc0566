namespace Microsoft.ML.Diffusion.Onnx.Scoring;

/// <summary>The types of columns that are read.</summary>
internal enum InputKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A text, or a vector of words.</summary>
    Words,

    /// <summary>A number, or a vector of numbers.</summary>
    Numbers,
}
