namespace Microsoft.ML.Diffusion.Tasks.Windows;

/// <summary>A run of tokens.</summary>
/// <param name="First">The first token.</param>
/// <param name="Last">The last token (inclusive).</param>
internal readonly record struct TokenSpan(int First, int Last);
