using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// How a set of tags writes the bounds of entities: before the type (<c>B-PER</c>), after it (<c>PER-B</c>), or not at all (<c>PER</c>).
/// The whole set decides, because a single tag is ambiguous: <c>E-MAIL</c> is a type beside <c>PERSON</c>, and the end of a <c>MAIL</c>
/// beside <c>B-MAIL</c>. Immutable.
/// </summary>
/// <remarks>
/// <c>B</c> begins an entity; <c>I</c> and <c>M</c> stand inside one; <c>E</c> and <c>L</c> end one; <c>S</c>, <c>U</c> and <c>W</c> are
/// entities of one word. That covers IOB1, IOB2, IOE1, IOE2, BIOES, BMES, BMEWO and BILOU. One of <c>- _ : . / |</c> separates the
/// letter from the type, which may itself contain separators; a letter may also have no type.
/// </remarks>
public sealed class TagScheme
{
    private readonly TagForm _form;
    private readonly Dictionary<string, EntityTag> _known;

    private TagScheme(IReadOnlyCollection<string> tags, TagForm form)
    {
        _form = form;
        HasCapitalO = tags.Contains("O");
        _known = tags.ToDictionary(tag => tag, Read, StringComparer.Ordinal);
        HasBegin = Has(EntityTagPrefix.Begin);
        HasEnd = Has(EntityTagPrefix.End);
        HasUnit = Has(EntityTagPrefix.Unit);

        bool Has(EntityTagPrefix prefix) => _known.Values.Any(tag => tag.Prefix == prefix);
    }

    /// <summary>Whether tags say where entities begin or end; if not, they are types alone.</summary>
    internal bool HasBounds => _form != TagForm.Type;

    /// <summary>Whether a tag of the set begins an entity of several words.</summary>
    internal bool HasBegin { get; }

    /// <summary>Whether a tag of the set ends an entity of several words.</summary>
    internal bool HasEnd { get; }

    /// <summary>Whether a tag of the set is an entity of one word.</summary>
    internal bool HasUnit { get; }

    private bool HasCapitalO { get; }

    /// <summary>The scheme of a set of tags.</summary>
    /// <param name="tags">The tags, such as those of a file or the labels of a model; they may be repeated.</param>
    /// <param name="suffixes">
    /// Whether the letter stands after the type. If false, this form is recognized only if it is certain: all tags have such a letter, and
    /// a type has <c>B</c> and <c>I</c>, or <c>B</c>, <c>E</c> and <c>S</c>.
    /// </param>
    /// <exception cref="ArgumentException">A tag is empty.</exception>
    public static TagScheme Of(IEnumerable<string> tags, bool suffixes = false)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var distinct = new HashSet<string>(tags, StringComparer.Ordinal);
        if (distinct.Contains(""))
            throw new ArgumentException("A tag is empty; expected O, or a tag with a type. Name every tag.", nameof(tags));
        return new TagScheme(distinct, suffixes ? TagForm.Suffix : FormOf(Named(distinct)));
    }

    /// <summary>Parses a tag.</summary>
    /// <param name="tag">The tag, of the set or not.</param>
    /// <exception cref="ArgumentException">The tag is empty.</exception>
    public EntityTag Parse(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        return _known.TryGetValue(tag, out EntityTag known) ? known : Read(tag);
    }

    /// <summary>Whether tags look as if their letter stood after the type, although the set does not make it certain.</summary>
    internal static bool LooksLikeSuffixes(IEnumerable<string> tags)
    {
        string[] named = Named(tags);
        EntityTag[] read = TagForm.Suffix.ReadAll(named);
        return read.Length > 0 && read.Length == named.Length &&
            Array.Exists(read, tag => tag.Prefix == EntityTagPrefix.Begin && tag.Type.Length > 0);
    }

    /// <summary>Whether a tag is O, or has a letter that may say where an entity begins or ends.</summary>
    internal static bool MayHaveBounds(string tag) => Named([tag]) is [] || TagForm.Prefix.TryRead(tag, out _) ||
        TagForm.Suffix.TryRead(tag, out _);

    private static string[] Named(IEnumerable<string> tags) => [.. tags.Where(tag => tag is not ("O" or "o"))];

    private static TagForm FormOf(string[] named)
    {
        EntityTag[] prefixed = TagForm.Prefix.ReadAll(named);
        bool opens = Array.Exists(prefixed, IsBeginOrInside);
        // If a set has odd tags, such as [CLS] or a 0 in place of an O, the other tags decide.
        bool isMost = opens && prefixed.Length * 2 >= named.Length;
        if (prefixed.Length > 0 && (prefixed.Length == named.Length || isMost || HasPair(prefixed)))
            return TagForm.Prefix;
        // Types such as e-mail and vitamin-b look like the rare forms, so these forms must fit all tags, and more.
        EntityTag[] lower = TagForm.LowerCasePrefix.ReadAll(named);
        if (lower.Length > 0 && lower.Length == named.Length && Array.Exists(lower, IsBeginOrInside))
            return TagForm.LowerCasePrefix;
        EntityTag[] suffixed = TagForm.Suffix.ReadAll(named);
        bool isSure = suffixed.Any(tag => tag.Type.Length > 0 && tag.Prefix == EntityTagPrefix.Begin
            && (Has(tag.Type, EntityTagPrefix.Inside) || (Has(tag.Type, EntityTagPrefix.End) && Has(tag.Type, EntityTagPrefix.Unit))));
        return isSure && suffixed.Length == named.Length ? TagForm.Suffix : TagForm.Type;

        bool Has(string type, EntityTagPrefix prefix) => suffixed.Contains(new EntityTag(prefix, type));
    }

    /// <summary>Whether a type has a tag that begins or continues an entity, and another tag too.</summary>
    private static bool HasPair(EntityTag[] tags) => tags
        .Where(tag => tag.Type.Length > 0)
        .GroupBy(tag => tag.Type, StringComparer.Ordinal)
        .Any(type => type.Any(IsBeginOrInside) && type.Distinct().Skip(1).Any());

    private static bool IsBeginOrInside(EntityTag tag) => tag.Prefix is EntityTagPrefix.Begin or EntityTagPrefix.Inside;

    private EntityTag Read(string tag)
    {
        if (tag == "O" || (tag == "o" && (HasBounds || !HasCapitalO)))
            return new EntityTag(EntityTagPrefix.Outside, "");
        return _form.TryRead(tag, out EntityTag read) ? read : new EntityTag(EntityTagPrefix.None, tag);
    }
}
