namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A text's words and their actual labels, for evaluation.</summary>
/// <param name="Sequence">The words.</param>
/// <param name="Tags">The label of each word, [words]; null if unknown. A label that is no output of the model counts as never
/// predicted.</param>
public sealed record TaggedWords(WordSequence Sequence, IReadOnlyList<string?> Tags);
