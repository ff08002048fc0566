using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a raw text is split into words for labeling.</summary>
public enum WordSplitting
{
    /// <summary>
    /// At every space (U+0020), like <c>text.Split(' ')</c> and Microsoft.ML.TorchSharp: punctuation stays with its word, and two spaces in
    /// a row have an empty word between them.
    /// </summary>
    Spaces,

    /// <summary>
    /// At whitespace, and where punctuation or a CJK ideograph begins or ends; a single token is never split
    /// (<see cref="TextWords.Find"/>).
    /// </summary>
    Punctuation,
}
