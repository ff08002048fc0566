namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A text's words and their right labels, to measure on.</summary>
/// <param name="Sequence">The words.</param>
/// <param name="Tags">The label of each, [words]; null where it is not known. One that no output has counts as never predicted.</param>
public sealed record TaggedWords(WordSequence Sequence, IReadOnlyList<string?> Tags);
