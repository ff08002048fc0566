using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Counts entities that were predicted right: same type, same first and last word. With <see cref="TagReading.Lenient"/> it agrees with
/// conlleval and with seqeval's default, with <see cref="TagReading.Strict"/> with seqeval's strict
/// mode; the letters of other schemes count as those that these know: L as E, U and W as S, M as I.
/// </summary>
/// <param name="reading">How tags that do not follow their scheme are interpreted.</param>
/// <param name="labels">
/// Labels that may occur. Together with the tags of all sentences they decide the scheme (<see cref="TagScheme"/>); null if the tags alone
/// decide it.
/// </param>
public sealed class EntityEvaluator(TagReading reading = TagReading.Lenient, IEnumerable<string>? labels = null)
{
    private readonly Dictionary<string, string> _tags = (labels ?? []).Where(label => label.Length > 0)
        .Distinct(StringComparer.Ordinal).ToDictionary(label => label, StringComparer.Ordinal);
    private readonly List<(string[] Actual, string[] Predicted)> _sentences = [];
    private readonly SortedDictionary<string, EntityCounts> _ofSpans = new(StringComparer.Ordinal);
    private SortedDictionary<string, EntityCounts>? _types;
    private long _correctTags, _allTags;

    /// <summary>Counts of all types together (micro average).</summary>
    public EntityCounts Overall => ByType.Values.Aggregate(default(EntityCounts), Sum);

    /// <summary>Counts of each type that occurs, in ordinal order.</summary>
    public IReadOnlyDictionary<string, EntityCounts> ByType => _types ??= CountTypes();

    /// <summary>The fraction of words whose tag is right; NaN if there are no words.</summary>
    public double TagAccuracy => (double)_correctTags / _allTags;

    /// <summary>Adds a sentence.</summary>
    /// <param name="actual">The actual tag of each word, [words].</param>
    /// <param name="predicted">The predicted tag of each word, [words].</param>
    /// <exception cref="ArgumentException">The numbers of tags differ, a tag is empty, or says nothing of
    /// bounds and the reading is strict.</exception>
    public void Add(IReadOnlyList<string> actual, IReadOnlyList<string> predicted)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(predicted);
        if (actual.Count != predicted.Count)
            throw new ArgumentException(
                $"{predicted.Count} tags were predicted for {actual.Count} words; expected one per word. Tag every word once.",
                nameof(predicted));
        _sentences.Add(([.. actual.Select(Known)], [.. predicted.Select(Known)]));
        for (int i = 0; i < actual.Count; i++)
            _correctTags += actual[i] == predicted[i] ? 1 : 0;
        _allTags += actual.Count;
        _types = null;
    }

    /// <summary>Adds a sentence, or a text, with entities given by their bounds, in the same unit for both sides.</summary>
    /// <param name="actual">The actual entities.</param>
    /// <param name="predicted">The predicted entities.</param>
    public void Add(IReadOnlyList<EntitySpan> actual, IReadOnlyList<EntitySpan> predicted)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(predicted);
        Count(_ofSpans, actual, predicted);
        _types = null;
    }

    private string Known(string tag)
    {
        if (_tags.TryGetValue(tag, out string? known))
            return known;
        if (tag.Length == 0 || (reading == TagReading.Strict && !TagScheme.MayHaveBounds(tag)))
        {
            throw new ArgumentException(
                tag.Length == 0 ? "A tag is empty; expected a name. Name every tag."
                : $"A tag is '{tag}'; expected O, or a type with B, I or the like. Read such tags with TagReading.Lenient.");
        }
        return _tags[tag] = tag;
    }

    private SortedDictionary<string, EntityCounts> CountTypes()
    {
        var types = new SortedDictionary<string, EntityCounts>(_ofSpans, StringComparer.Ordinal);
        TagScheme scheme = TagScheme.Of(_tags.Keys, suffixes: reading == TagReading.Strict && TagScheme.LooksLikeSuffixes(_tags.Keys));
        foreach ((string[] actual, string[] predicted) in _sentences)
            Count(types, EntitySpans.FromTags(actual, reading, scheme), EntitySpans.FromTags(predicted, reading, scheme));
        return types;
    }

    private static void Count(SortedDictionary<string, EntityCounts> types, IReadOnlyList<EntitySpan> actual,
        IReadOnlyList<EntitySpan> predicted)
    {
        var right = new HashSet<EntitySpan>(actual);
        foreach (EntitySpan span in actual)
            Add(span.Type, new EntityCounts(1, 0, 0));
        foreach (EntitySpan span in predicted)
            Add(span.Type, new EntityCounts(0, 1, right.Remove(span) ? 1 : 0));

        void Add(string type, EntityCounts counts) => types[type] = Sum(types.GetValueOrDefault(type), counts);
    }

    private static EntityCounts Sum(EntityCounts left, EntityCounts right) =>
        new(left.Actual + right.Actual, left.Predicted + right.Predicted, left.Correct + right.Correct);
}
