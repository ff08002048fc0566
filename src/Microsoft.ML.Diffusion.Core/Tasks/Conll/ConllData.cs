namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The content of a CoNLL column file.</summary>
/// <param name="Sentences">The sentences, in the file's order.</param>
/// <param name="ConvertedTags">The number of tags changed from <c>I-</c> to <c>B-</c>: many in an IOB1 file, none in a clean IOB2
/// file.</param>
public sealed record ConllData(IReadOnlyList<TaggedSentence> Sentences, int ConvertedTags);
