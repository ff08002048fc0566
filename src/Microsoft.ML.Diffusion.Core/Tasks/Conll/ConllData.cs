namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The content of a CoNLL column file.</summary>
/// <param name="Sentences">The sentences, in the file's order.</param>
/// <param name="ConvertedTags">The number of tags changed to make them IOB2: none in a valid IOB2 file.</param>
public sealed record ConllData(IReadOnlyList<TaggedSentence> Sentences, int ConvertedTags)
{
    /// <summary>Messages about what is probably read in another way than meant, such as a tag 0 in the place of O.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
