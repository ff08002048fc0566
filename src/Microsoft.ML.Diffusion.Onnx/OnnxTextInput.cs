namespace Microsoft.ML.Diffusion;

/// <summary>The input of an ONNX file.</summary>
public enum OnnxTextInput
{
    /// <summary>Token ids, masks and token types of any number of rows.</summary>
    None,

    /// <summary>
    /// A text, the input <c>text</c>: strings [1 × 1]. The file then tokenizes with operators of ONNX Runtime Extensions, which must be
    /// registered where it is used, and takes one row a run. A classifier also has the outputs <c>label</c>, a string, and
    /// <c>probabilities</c>.
    /// </summary>
    Text,

    /// <summary>A pair of texts, the inputs <c>text</c> and <c>text_pair</c>; otherwise as <see cref="Text"/>.</summary>
    TextPair,
}
