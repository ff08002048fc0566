namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A word of a text and its tokens. A word's label is read at its first token.</summary>
/// <param name="Start">Where it starts in the text, in UTF-16 characters.</param>
/// <param name="End">Where it ends in the text (exclusive), in UTF-16 characters.</param>
/// <param name="FirstToken">The index of its first token; −1 if it has none (all its characters are dropped).</param>
/// <param name="TokenCount">The number of its tokens.</param>
public readonly record struct TextWord(int Start, int End, int FirstToken, int TokenCount);
