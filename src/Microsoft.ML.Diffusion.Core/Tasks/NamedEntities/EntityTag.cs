namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>A parsed tag of a word.</summary>
/// <param name="Prefix">The tag's prefix.</param>
/// <param name="Type">The entity's type, such as <c>PER</c>; empty for <c>O</c> and for a prefix without a type.</param>
public readonly record struct EntityTag(EntityTagPrefix Prefix, string Type)
{
    /// <summary>
    /// Parses a tag: <c>O</c>; <c>B-PER</c>, <c>I-PER</c>; <c>B</c>, <c>I</c>; anything else is a bare type, such as <c>PER</c>.
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
