using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Converts entities given as character ranges to word labels.</summary>
public static class CharacterSpans
{
    /// <summary>The IOB2 tags of a text's words. A span that begins or ends inside a word takes the whole word.</summary>
    /// <param name="sequence">The words.</param>
    /// <param name="spans">The entities, in any order.</param>
    /// <param name="widened">The number of spans that begin or end inside a word.</param>
    /// <exception cref="ArgumentException">A span is empty, extends beyond the text, contains no word, or shares a word with
    /// another.</exception>
    public static string[] ToTags(WordSequence sequence, IEnumerable<CharacterSpan> spans, out int widened)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentNullException.ThrowIfNull(spans);
        IReadOnlyList<TextWord> words = sequence.Words;
        string text = sequence.Text;
        widened = 0;
        var ofWords = new List<EntitySpan>();
        int word = 0;
        foreach (CharacterSpan span in spans.OrderBy(span => span.Start))
        {
            if (span.Start < 0 || span.Length < 1 || span.Start > text.Length - span.Length)
                throw new ArgumentException(
                    $"An entity of type '{span.Type}' starts at {span.Start} and has {span.Length} characters; expected one or more " +
                    $"characters within the text's {text.Length}. Count in UTF-16 characters, from 0.", nameof(spans));
            while (word < words.Count && words[word].End <= span.Start)
                word++;
            int end = word;
            while (end < words.Count && words[end].Start < span.End)
                end++;
            if (end == word)
                throw new ArgumentException(
                    $"The entity of type '{span.Type}' at [{span.Start}, {span.End}) contains no word; expected one or more. Correct its " +
                    "start and length.", nameof(spans));
            if (words[word].Start < span.Start || words[end - 1].End > span.End)
                widened++;
            ofWords.Add(new EntitySpan(span.Type, word, end));
        }
        return EntitySpans.ToTags(ofWords, words.Count);
    }
}
