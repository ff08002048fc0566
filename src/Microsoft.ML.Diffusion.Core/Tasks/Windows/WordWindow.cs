namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>A run of whole words of a long text that a model takes at once.</summary>
/// <param name="FirstWord">The first word.</param>
/// <param name="WordCount">The number of words.</param>
/// <param name="TokenCount">The number of their tokens.</param>
internal readonly record struct WordWindow(int FirstWord, int WordCount, int TokenCount);
