using Microsoft.ML.Diffusion.Tasks.Windows;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>How a raw text is split into the words that are labelled.</summary>
public enum WordSplitting
{
    /// <summary>
    /// At every space (U+0020), as <c>text.Split(' ')</c> does and as Microsoft.ML.TorchSharp counts words: punctuation stays with its word, and two
    /// spaces in a row have an empty word between them.
    /// </summary>
    Spaces,

    /// <summary>
    /// At white space, and where punctuation or a CJK ideograph begins or ends; what the tokenizer reads as one piece is never split
    /// (<see cref="TextWords.Find"/>).
    /// </summary>
    Punctuation,
}
