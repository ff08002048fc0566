using Microsoft.ML.Diffusion.Tasks;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.FineTune;

/// <summary>Baselines that label words and entities by looking them up in the training sentences.</summary>
internal sealed class EntityBaselines
{
    private readonly Dictionary<string, string> _tags;
    private readonly Dictionary<string, string> _types;
    private readonly HashSet<(string Text, string Type)> _seen = [];
    private readonly int _longest;

    /// <summary>Counts the words' tags and the entities.</summary>
    public EntityBaselines(IEnumerable<TaggedSentence> sentences)
    {
        var tags = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        var types = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
        foreach (TaggedSentence sentence in sentences)
        {
            for (int i = 0; i < sentence.Words.Count; i++)
                Count(tags, sentence.Words[i], sentence.Tags[i]);
            foreach (EntitySpan span in EntitySpans.FromTags(sentence.Tags))
            {
                Count(types, Text(sentence.Words, span), span.Type);
                _seen.Add((Text(sentence.Words, span), span.Type));
                _longest = Math.Max(_longest, span.End - span.Start);
            }
        }
        _tags = tags.ToDictionary(word => word.Key, word => MostFrequent(word.Value), StringComparer.Ordinal);
        _types = types.ToDictionary(entity => entity.Key, entity => MostFrequent(entity.Value), StringComparer.Ordinal);
    }

    /// <summary>The most frequent tag of each word in training; O for an unknown word.</summary>
    public string[] MostFrequentTag(IReadOnlyList<string> words) => [.. words.Select(word => _tags.GetValueOrDefault(word, "O"))];

    /// <summary>
    /// From left to right, the longest run of words that is an entity of the training sentences, with its most frequent type there. On
    /// CoNLL-2003's testa F1 is 71.20; the shared task's own baseline has 71.18 (Tjong Kim Sang and De Meulder 2003).
    /// </summary>
    public string[] LongestMatch(IReadOnlyList<string> words)
    {
        var spans = new List<EntitySpan>();
        for (int start = 0; start < words.Count;)
        {
            int end = Math.Min(words.Count, start + _longest);
            string? type = null;
            while (end > start && !_types.TryGetValue(Text(words, new EntitySpan("", start, end)), out type))
                end--;
            if (type is not null)
                spans.Add(new EntitySpan(type, start, end));
            start = Math.Max(end, start + 1);
        }
        return EntitySpans.ToTags(spans, words.Count);
    }

    /// <summary>The share of the sentences' entities that the training sentences have too, with the same words and type.</summary>
    public double SeenShare(IEnumerable<TaggedSentence> sentences) =>
        sentences.SelectMany(sentence => EntitySpans.FromTags(sentence.Tags).Select(span => IsSeen(sentence, span) ? 1.0 : 0)).Average();

    /// <summary>The recall of the entities that the training sentences have too, and of the others.</summary>
    public (double Seen, double Unseen) Recall(TaggedSentence[] sentences, string[][] predicted)
    {
        int[] all = new int[2], right = new int[2];
        for (int i = 0; i < sentences.Length; i++)
        {
            var found = new HashSet<EntitySpan>(EntitySpans.FromTags(predicted[i]));
            foreach (EntitySpan span in EntitySpans.FromTags(sentences[i].Tags))
            {
                int kind = IsSeen(sentences[i], span) ? 0 : 1;
                all[kind]++;
                right[kind] += found.Contains(span) ? 1 : 0;
            }
        }
        return ((double)right[0] / all[0], (double)right[1] / all[1]);
    }

    private bool IsSeen(TaggedSentence sentence, EntitySpan span) => _seen.Contains((Text(sentence.Words, span), span.Type));

    private static string Text(IReadOnlyList<string> words, EntitySpan span) =>
        string.Join(' ', words.Skip(span.Start).Take(span.End - span.Start));

    private static void Count(Dictionary<string, Dictionary<string, int>> counts, string what, string value)
    {
        if (!counts.TryGetValue(what, out Dictionary<string, int>? values))
            counts[what] = values = new Dictionary<string, int>(StringComparer.Ordinal);
        values[value] = values.GetValueOrDefault(value) + 1;
    }

    private static string MostFrequent(Dictionary<string, int> counts) =>
        counts.OrderByDescending(count => count.Value).ThenBy(count => count.Key, StringComparer.Ordinal).First().Key;
}
