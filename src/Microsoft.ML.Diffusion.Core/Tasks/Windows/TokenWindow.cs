namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>A part of a long sequence of tokens.</summary>
/// <param name="Start">The first token.</param>
/// <param name="Count">The number of tokens.</param>
internal readonly record struct TokenWindow(int Start, int Count)
{
    /// <summary>The index after the last token.</summary>
    public int End => Start + Count;
}
