namespace FineTuneMiniLM;

/// <summary>Labeled texts: of a file, or made from a few words.</summary>
internal static class Reviews
{
    private static readonly string[] s_things =
        ["film", "story", "music", "ending", "acting", "camera work", "dialog", "first half", "cast", "script"];

    private static readonly (string Category, string[] Forms)[] s_forms =
    [
        ("positive",
            ["the {0} is a delight .", "i loved the {0} .", "a wonderful {0} , warm and funny .", "the {0} could not be better ."]),
        ("negative",
            ["the {0} is a mess .", "i was bored by the {0} .", "a lifeless {0} , cold and long .", "the {0} could not be worse ."]),
    ];

    /// <summary>80 reviews of films, in mixed order.</summary>
    public static Review[] Make() =>
    [
        .. from i in Enumerable.Range(0, 4 * s_things.Length)
           from form in s_forms
           select new Review
           {
               Category = form.Category, Sentence1 = string.Format(null, form.Forms[i % 4], s_things[(i * 3 + i / 4) % s_things.Length])
           },
    ];

    /// <summary>Reads a file of lines with a label, a tab and a text, after a line of headings.</summary>
    /// <exception cref="InvalidDataException">A line has another form.</exception>
    public static Review[] Read(string path) => [.. File.ReadLines(path).Skip(1).Select((line, i) =>
        line.Split('\t') is [var label, var text] ? new Review { Category = label, Sentence1 = text }
        : throw new InvalidDataException($"Line {i + 2} of '{path}' is \"{line}\"; expected a label, a tab and a text."))];
}
