using System.Text;

namespace ClassifyText;

/// <summary>Questions with what they ask for.</summary>
internal static class Questions
{
    private static readonly string[] s_things =
        ["bridge", "river", "ship", "bank", "castle", "railway", "letter", "garden", "song", "engine", "storm", "picture"];

    private static readonly (string Category, string[] Forms)[] s_forms =
    [
        ("person", ["Who built the old {0} ?", "Who was the owner of the {0} ?", "What man first wrote of the {0} ?",
            "Whose is the {0} by the road ?"]),
        ("place", ["Where is the {0} ?", "Where did they take the {0} ?", "Where can I find a {0} like this ?",
            "Which country has the finest {0} ?"]),
        ("number", ["How many people saw the {0} ?", "How much does a {0} cost ?", "How old is the {0} ?", "How far is it to the {0} ?"]),
        ("reason", ["Why is the {0} so famous ?", "Why did they leave the {0} ?", "For what reason was the {0} sold ?",
            "Why does nobody like the {0} ?"]),
    ];

    /// <summary>192 questions of four kinds, made from a few words, in mixed order.</summary>
    public static Question[] Make() =>
    [
        .. from i in Enumerable.Range(0, 4 * s_things.Length)
           from form in s_forms
           select new Question
           {
               Category = form.Category, Sentence1 = string.Format(null, form.Forms[i % 4], s_things[(i * 5 + i / 4) % s_things.Length])
           },
    ];

    /// <summary>Reads a file of lines such as <c>LOC:city What city …</c>; the category is the text before the colon.</summary>
    /// <exception cref="InvalidDataException">A line has another form.</exception>
    public static Question[] Read(string path) => [.. File.ReadLines(path, Encoding.Latin1).Select((line, i) =>
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
        return colon > 0 && space > colon
            ? new Question { Category = line[..colon], Sentence1 = line[(space + 1)..].Trim() }
            : throw new InvalidDataException(
                $"'{path}', line {i + 1}: expected a category, a colon, a finer category, a space and a question. Give a file " +
                "such as TREC.train.");
    })];
}
