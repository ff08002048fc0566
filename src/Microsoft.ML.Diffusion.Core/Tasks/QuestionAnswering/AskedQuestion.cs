namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A question and the text that may contain its answer.</summary>
/// <param name="Context">The text.</param>
/// <param name="Question">The question.</param>
public readonly record struct AskedQuestion(string Context, string Question);
