namespace Microsoft.ML.Diffusion.Tasks.NamedEntities;

/// <summary>The position in a tag of the letter that says where an entity begins and ends.</summary>
internal enum TagForm
{
    /// <summary>Nowhere: the tag is a type, as <c>PER</c>.</summary>
    Type,

    /// <summary>Before the type, as <c>B-PER</c>.</summary>
    Prefix,

    /// <summary>Before the type and in lower case, as <c>b-per</c>.</summary>
    LowerCasePrefix,

    /// <summary>After the type, as <c>PER-B</c>.</summary>
    Suffix,
}

/// <summary>Parses tags of a form: the only place that knows the letters and the separators.</summary>
internal static class TagForms
{
    /// <summary>The letter and the type of a tag.</summary>
    /// <returns>Whether the tag is of the form.</returns>
    public static bool TryRead(this TagForm form, string tag, out EntityTag read)
    {
        read = default;
        if (form == TagForm.Type)
            return false;
        bool isSuffix = form == TagForm.Suffix;
        char letter = isSuffix ? tag[^1] : tag[0];
        if (form == TagForm.LowerCasePrefix)
            letter = char.IsAsciiLetterLower(letter) ? char.ToUpperInvariant(letter) : default;
        EntityTagPrefix prefix = letter switch
        {
            'B' => EntityTagPrefix.Begin,
            'I' or 'M' => EntityTagPrefix.Inside,
            'E' or 'L' => EntityTagPrefix.End,
            'S' or 'U' or 'W' => EntityTagPrefix.Unit,
            _ => EntityTagPrefix.None,
        };
        if (prefix == EntityTagPrefix.None || (tag.Length > 1 && !IsSeparator(isSuffix ? tag[^2] : tag[1])))
            return false;
        read = new EntityTag(prefix, tag.Length == 1 ? "" : isSuffix ? tag[..^2] : tag[2..]);
        return true;
    }

    /// <summary>Those of some tags that are of the form, parsed.</summary>
    public static EntityTag[] ReadAll(this TagForm form, IEnumerable<string> tags)
    {
        var read = new List<EntityTag>();
        foreach (string tag in tags)
        {
            if (form.TryRead(tag, out EntityTag one))
                read.Add(one);
        }
        return [.. read];
    }

    private static bool IsSeparator(char c) => c is '-' or '_' or ':' or '.' or '/' or '|';
}
