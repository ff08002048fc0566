namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>What a CoNLL column file holds.</summary>
/// <param name="Sentences">The sentences, in the file's order.</param>
/// <param name="ConvertedTags">How many tags were changed to make them IOB2: none in a valid IOB2 file.</param>
public sealed record ConllData(IReadOnlyList<TaggedSentence> Sentences, int ConvertedTags)
{
    /// <summary>What in the file is probably not meant as it was read, a message each: a tag 0 in the place of O, say.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
