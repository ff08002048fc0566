namespace Microsoft.ML.Diffusion.Tasks.NamedEntities;

/// <summary>Converts tags of words to entities, and back.</summary>
internal static class EntitySpans
{
    /// <summary>The entities in a sentence's tags, in order.</summary>
    /// <param name="tags">The tag of each word, [words].</param>
    /// <param name="reading">How tags that do not follow the scheme are interpreted.</param>
    /// <param name="scheme">How the tags write bounds; null to find that from these tags alone.</param>
    /// <exception cref="ArgumentException">A tag is empty, or says nothing of bounds and the reading is strict.</exception>
    public static EntitySpan[] FromTags(IReadOnlyList<string> tags, TagReading reading = TagReading.Lenient, TagScheme? scheme = null)
    {
        ArgumentNullException.ThrowIfNull(tags);
        scheme ??= TagScheme.Of(tags);
        var spans = new List<EntitySpan>();
        int start = -1;
        string type = "";
        for (int i = 0; i < tags.Count; i++)
        {
            EntityTag tag = scheme.Parse(tags[i]);
            if (reading == TagReading.Strict && tag.Prefix == EntityTagPrefix.None)
            {
                throw new ArgumentException(
                    $"The tag of word {i} is '{tags[i]}'; expected O, or a type with B, I or the like."
                    + " Read such tags with TagReading.Lenient.", nameof(tags));
            }
            bool goesOn = start >= 0 && tag.Type == type
                && tag.Prefix is EntityTagPrefix.Inside or EntityTagPrefix.End or EntityTagPrefix.None;
            if (!goesOn)
            {
                // Strictly, what has no end in a scheme with ends is no entity.
                if (start >= 0 && !(reading == TagReading.Strict && scheme.HasEnd))
                    spans.Add(new EntitySpan(type, start, i));
                (start, type) = Opens(tag.Prefix, reading, scheme) ? (i, tag.Type) : (-1, "");
            }
            if (start >= 0 && tag.Prefix is EntityTagPrefix.End or EntityTagPrefix.Unit)
            {
                spans.Add(new EntitySpan(type, start, i + 1));
                start = -1;
            }
        }
        if (start >= 0 && !(reading == TagReading.Strict && scheme.HasEnd))
            spans.Add(new EntitySpan(type, start, tags.Count));
        return [.. spans];
    }

    private static bool Opens(EntityTagPrefix prefix, TagReading reading, TagScheme scheme) => prefix switch
    {
        EntityTagPrefix.Outside => false,
        EntityTagPrefix.Begin or EntityTagPrefix.Unit => true,
        // Where entities are known by their ends alone, as in IOE2, nothing else opens one.
        _ => reading == TagReading.Lenient || (scheme.HasEnd && !scheme.HasBegin && !scheme.HasUnit),
    };

    /// <summary>The IOB2 tags of a sentence.</summary>
    /// <param name="spans">Its entities, in any order.</param>
    /// <param name="words">The number of its words.</param>
    /// <exception cref="ArgumentException">An entity is empty, extends beyond the sentence, or overlaps another.</exception>
    public static string[] ToTags(IEnumerable<EntitySpan> spans, int words)
    {
        ArgumentNullException.ThrowIfNull(spans);
        var tags = new string[words];
        Array.Fill(tags, "O");
        foreach (EntitySpan span in spans)
        {
            if (span.Start < 0 || span.End > words || span.Start >= span.End)
                throw new ArgumentException(
                    $"An entity covers the words [{span.Start}, {span.End}); expected one or more words within the sentence's {words}. " +
                    "Correct its bounds.", nameof(spans));
            for (int i = span.Start; i < span.End; i++)
            {
                if (tags[i] != "O")
                    throw new ArgumentException($"Word {i} is in two entities; expected one at most. Remove one of them.", nameof(spans));
                string prefix = i == span.Start ? "B" : "I";
                tags[i] = span.Type.Length == 0 ? prefix : $"{prefix}-{span.Type}";
            }
        }
        return tags;
    }

    /// <summary>The same entities in IOB2, where every entity opens with <c>B-</c>. IOB2 that is valid stays as it is.</summary>
    /// <param name="tags">The tag of each word, [words].</param>
    /// <param name="scheme">How the tags write bounds; null to find that from these tags alone.</param>
    public static string[] ToIob2(IReadOnlyList<string> tags, TagScheme? scheme = null) =>
        ToTags(FromTags(tags, TagReading.Lenient, scheme), tags.Count);
}
