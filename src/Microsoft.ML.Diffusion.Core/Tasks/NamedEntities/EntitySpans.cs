namespace Microsoft.ML.Diffusion.Tasks.NamedEntities;

/// <summary>Converts tags of words to entities, and back.</summary>
internal static class EntitySpans
{
    /// <summary>The entities in a sentence's tags, in order.</summary>
    /// <param name="tags">The tag of each word, [words].</param>
    /// <param name="reading">How tags that are not IOB2 are interpreted.</param>
    /// <exception cref="ArgumentException">A tag is empty, or has no prefix and the reading is strict.</exception>
    public static EntitySpan[] FromTags(IReadOnlyList<string> tags, TagReading reading = TagReading.Lenient)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var spans = new List<EntitySpan>();
        int start = -1;
        string type = "";
        for (int i = 0; i < tags.Count; i++)
        {
            EntityTag tag = EntityTag.Parse(tags[i]);
            if (reading == TagReading.Strict && tag.Prefix == EntityTagPrefix.None)
                throw new ArgumentException(
                    $"The tag of word {i} is '{tags[i]}'; expected O, B-type or I-type. Use IOB2 tags, or read them with " +
                        $"TagReading.Lenient.", nameof(tags));
            if (start >= 0 && tag.Prefix is EntityTagPrefix.Inside or EntityTagPrefix.None && tag.Type == type)
                continue;
            if (start >= 0)
                spans.Add(new EntitySpan(type, start, i));
            bool opens = tag.Prefix == EntityTagPrefix.Begin || (tag.Prefix != EntityTagPrefix.Outside && reading == TagReading.Lenient);
            (start, type) = opens ? (i, tag.Type) : (-1, "");
        }
        if (start >= 0)
            spans.Add(new EntitySpan(type, start, tags.Count));
        return [.. spans];
    }

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
                    $"Correct its bounds.", nameof(spans));
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

    /// <summary>
    /// The same entities in IOB2: every entity opens with <c>B-</c>. IOB1, where <c>B-</c> only separates adjacent entities of one type, is
    /// converted; IOB2 is unchanged.
    /// </summary>
    public static string[] ToIob2(IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return ToTags(FromTags(tags), tags.Count);
    }
}
