using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Counts entities that were predicted right: same type, same first and last word. It agrees with conlleval and seqeval's default under
/// <see cref="TagReading.Lenient"/>, and with seqeval's strict IOB2 under <see cref="TagReading.Strict"/>.
/// </summary>
public sealed class EntityEvaluator(TagReading reading = TagReading.Lenient)
{
    private readonly SortedDictionary<string, EntityCounts> _types = new(StringComparer.Ordinal);
    private long _tags, _correctTags;

    /// <summary>Counts of all types together (micro average).</summary>
    public EntityCounts Overall { get; private set; }

    /// <summary>Counts of each type that occurs, in ordinal order.</summary>
    public IReadOnlyDictionary<string, EntityCounts> ByType => _types;

    /// <summary>The fraction of words whose tag is right; NaN if there are no words.</summary>
    public double TagAccuracy => (double)_correctTags / _tags;

    /// <summary>Adds a sentence.</summary>
    /// <param name="actual">The actual tag of each word, [words].</param>
    /// <param name="predicted">The predicted tag of each word, [words].</param>
    /// <exception cref="ArgumentException">The numbers of tags differ, or a tag cannot be read (see
    /// <see cref="EntitySpans.FromTags"/>).</exception>
    public void Add(IReadOnlyList<string> actual, IReadOnlyList<string> predicted)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(predicted);
        if (actual.Count != predicted.Count)
            throw new ArgumentException(
                $"{predicted.Count} tags were predicted for {actual.Count} words; expected one per word. Tag every word once.",
                nameof(predicted));
        Add(EntitySpans.FromTags(actual, reading), EntitySpans.FromTags(predicted, reading));
        for (int i = 0; i < actual.Count; i++)
            _correctTags += actual[i] == predicted[i] ? 1 : 0;
        _tags += actual.Count;
    }

    /// <summary>Adds a sentence, or a text, with entities given by their bounds, in the same unit for both sides.</summary>
    /// <param name="actual">The actual entities.</param>
    /// <param name="predicted">The predicted entities.</param>
    public void Add(IReadOnlyList<EntitySpan> actual, IReadOnlyList<EntitySpan> predicted)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(predicted);
        var right = new HashSet<EntitySpan>(actual);
        foreach (EntitySpan span in actual)
            Count(span.Type, new EntityCounts(1, 0, 0));
        foreach (EntitySpan span in predicted)
            Count(span.Type, new EntityCounts(0, 1, right.Remove(span) ? 1 : 0));
    }

    private void Count(string type, EntityCounts counts)
    {
        _types[type] = Sum(_types.GetValueOrDefault(type), counts);
        Overall = Sum(Overall, counts);
    }

    private static EntityCounts Sum(EntityCounts left, EntityCounts right) =>
        new(left.Actual + right.Actual, left.Predicted + right.Predicted, left.Correct + right.Correct);
}
