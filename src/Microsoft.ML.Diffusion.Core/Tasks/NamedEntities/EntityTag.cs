namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A tag of a word, taken apart.</summary>
/// <param name="Prefix">What the tag says about the entity's bounds.</param>
/// <param name="Type">The entity's type, as <c>PER</c>; empty for <c>O</c> and for a prefix that stands alone.</param>
public readonly record struct EntityTag(EntityTagPrefix Prefix, string Type)
{
    /// <summary>
    /// Takes a tag apart: <c>O</c>; <c>B-PER</c>, <c>I-PER</c>; <c>B</c>, <c>I</c>; anything else is a bare type, as <c>PER</c>.
    /// </summary>
    public static EntityTag Parse(string tag)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        if (tag == "O")
            return new EntityTag(EntityTagPrefix.Outside, "");
        EntityTagPrefix prefix = tag[0] switch
        {
            'B' => EntityTagPrefix.Begin,
            'I' => EntityTagPrefix.Inside,
            _ => EntityTagPrefix.None,
        };
        if (prefix != EntityTagPrefix.None && tag.Length == 1)
            return new EntityTag(prefix, "");
        return prefix != EntityTagPrefix.None && tag[1] == '-' ? new EntityTag(prefix, tag[2..]) : new EntityTag(EntityTagPrefix.None, tag);
    }
}
