using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Converts the labels of a text's words to named entities with places and scores.</summary>
public static class EntityFinder
{
    /// <summary>The entities of a text, in order. Tags are read leniently (<see cref="TagReading.Lenient"/>).</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Its words, in order.</param>
    /// <param name="tags">The label of each word, [words].</param>
    /// <param name="logProbabilities">The logarithm of the probability of each word's label, [words].</param>
    /// <param name="scheme">How the labels of the model write entities; null to find that from these tags
    /// alone, which may leave a doubt.</param>
    /// <returns>The entities; a score is exp of the mean of its words' log-probabilities.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static Entity[] Find(string text, IReadOnlyList<TextWord> words, IReadOnlyList<string> tags,
        IReadOnlyList<double> logProbabilities, TagScheme? scheme = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentNullException.ThrowIfNull(logProbabilities);
        if (tags.Count != words.Count || logProbabilities.Count != words.Count)
            throw new ArgumentException(
                $"There are {words.Count} words, {tags.Count} labels and {logProbabilities.Count} log-probabilities; " +
                    "expected one of each " +
                "per word. Label every word.");
        return Array.ConvertAll(EntitySpans.FromTags(tags, TagReading.Lenient, scheme), span =>
        {
            int start = words[span.Start].Start, end = words[span.End - 1].End;
            double sum = 0;
            for (int word = span.Start; word < span.End; word++)
                sum += logProbabilities[word];
            return new Entity(span.Type, text[start..end], start, Math.Exp(sum / (span.End - span.Start)));
        });
    }
}
