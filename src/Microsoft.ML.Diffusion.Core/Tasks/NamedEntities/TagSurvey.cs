using System.Globalization;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>Counts the tags of words, and finds those that are read as entities and probably should not be.</summary>
public sealed class TagSurvey
{
    private const int MaximumNamed = 5;

    /// <summary>Names that some files give to words outside entities: types, but doubtful if half of the words have one.</summary>
    private static readonly HashSet<string> _namesOfNothing = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "-", "--", "*", "X", "N", "NA", "N/A", "NaN", "NIL", "NONE", "NULL", "NO", "NOTHING", "OUT", "OUTSIDE",
        "OTHER", "BLANK", "EMPTY", "PAD", "[PAD]",
    };

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The different tags so far.</summary>
    internal IReadOnlyCollection<string> Tags => _counts.Keys;

    /// <summary>Counts the tags of a sentence.</summary>
    /// <param name="tags">The tag of each word; null or empty if it is not known.</param>
    public void Add(IEnumerable<string?> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        foreach (string? tag in tags)
        {
            if (!string.IsNullOrEmpty(tag))
                _counts[tag] = _counts.GetValueOrDefault(tag) + 1;
        }
    }

    /// <summary>
    /// Messages about tags that are read as entities and probably should not be, such as a <c>0</c> in place of an <c>O</c>: one for each
    /// of the five most frequent, and one that counts the others. Another message says if the last letter of the tags may be the bounds.
    /// </summary>
    public IReadOnlyList<string> FindOddities() => FindOddities(TagScheme.Of(_counts.Keys));

    /// <inheritdoc cref="FindOddities()"/>
    /// <param name="scheme">How the tags are read.</param>
    internal IReadOnlyList<string> FindOddities(TagScheme scheme)
    {
        long words = _counts.Values.Sum();
        bool hasOutside = _counts.Keys.Any(tag => scheme.Parse(tag).Prefix == EntityTagPrefix.Outside);
        bool looksLikeSuffixes = !scheme.HasBounds && TagScheme.LooksLikeSuffixes(_counts.Keys);
        var messages = new List<string>();
        int more = 0;
        foreach ((string tag, long count) in _counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
        {
            EntityTag read = scheme.Parse(tag);
            if (ReasonOf(read, count) is not string reason || messages.Count == MaximumNamed && ++more > 0)
                continue;
            string code = tag.Length == 1 ? string.Create(CultureInfo.InvariantCulture, $" (U+{(int)tag[0]:X4})") : "";
            messages.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{count} of {words} words have the tag '{tag}'{code}, {reason}; they are read as entities of the type '{read.Type}'."
                + $" Words in no entity need the tag O, the capital letter."));
        }
        if (more > 0)
            messages.Add(string.Create(CultureInfo.InvariantCulture, $"{more} more tags are as odd."));
        if (looksLikeSuffixes)
        {
            messages.Add(
                $"Tags such as '{_counts.Keys.First(tag => scheme.Parse(tag).Prefix == EntityTagPrefix.None)}' are read as types,"
                + " neighbors of one type as one entity. If the last letter says where an entity begins, set ConllOptions.SuffixTags, or " +
                    "write it first, as in B-PER.");
        }
        return messages;

        string? ReasonOf(EntityTag read, long count)
        {
            if (read.Prefix == EntityTagPrefix.Outside)
                return null;
            if (LooksLikeO(read.Type))
                return "which looks like O";
            if (read.Prefix != EntityTagPrefix.None)
                return null;
            return scheme.HasBounds ? "which is neither O nor a type with B, I or the like"
                : count * 2 < words ? null
                : _namesOfNothing.Contains(read.Type) ? "which sounds like O"
                : hasOutside || looksLikeSuffixes || count * 2 == words ? null
                : "and none has O";
        }
    }

    /// <summary>Whether a type is 0, O or o, or the Greek, the Cyrillic or the full-width O.</summary>
    private static bool LooksLikeO(string type) => type is "0" or "O" or "o" or "\u039F" or "\u041E" or "\uFF2F";
}
