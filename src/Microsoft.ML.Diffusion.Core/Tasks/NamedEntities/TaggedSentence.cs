namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>The words of a sentence and their tags.</summary>
/// <param name="Words">The words, [words].</param>
/// <param name="Tags">The tag of each word, such as <c>O</c> or <c>B-PER</c>, [words].</param>
public sealed record TaggedSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags);
