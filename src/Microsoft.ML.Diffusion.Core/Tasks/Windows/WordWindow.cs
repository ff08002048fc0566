namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>A run of whole words of a long text for one run of a model.</summary>
/// <param name="FirstWord">The first word.</param>
/// <param name="WordCount">The number of words.</param>
/// <param name="TokenCount">The number of their tokens.</param>
internal readonly record struct WordWindow(int FirstWord, int WordCount, int TokenCount);
