using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Reads question files in the format of SQuAD v1.1 and v2.0. The file counts characters in Unicode code points, like Python; the result
/// counts them in UTF-16 code units, like .NET.
/// </summary>
public static class SquadReader
{
    private const int MaximumShown = 40;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TaskFileException">The file is not an ordinary file, not JSON, or not in the format; the message says
    /// where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SquadData Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = InputFile.Open(path, message => new TaskFileException(message));
        return Read(stream, path);
    }

    /// <summary>Reads a stream in UTF-8, which stays open.</summary>
    /// <param name="stream">The file's content.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <inheritdoc cref="Read(string)" path="/exception"/>
    public static SquadData Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(stream);
        }
        catch (JsonException exception)
        {
            throw new TaskFileException($"'{name}' is not JSON: {exception.Message} Correct the file or download it again.", exception);
        }
        using (document)
            return new Reading(name).Read(document.RootElement);
    }

    private sealed class Reading(string file)
    {
        private readonly List<SquadQuestion> _questions = [];
        private readonly List<MisplacedAnswer> _misplaced = [];

        public SquadData Read(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw Wrong("the top level", root, "an object with a property 'data'");
            string version = Find(root, "version") is JsonElement element ? Text(element, "version") : "";
            foreach ((JsonElement article, string path) in Items(root, "", "data"))
            {
                string title = Find(article, "title") is JsonElement found ? Text(found, path + ".title") : "";
                foreach ((JsonElement paragraph, string place) in Items(article, path, "paragraphs"))
                {
                    string context = Text(paragraph, place, "context");
                    foreach ((JsonElement question, string where) in Items(paragraph, place, "qas"))
                        ReadQuestion(question, where, title, context);
                }
            }
            return new SquadData(version, _questions, _misplaced);
        }

        private void ReadQuestion(JsonElement question, string path, string title, string context)
        {
            string id = Text(question, path, "id");
            bool? impossible = Find(question, "is_impossible") is not JsonElement flag ? null : flag.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => throw Wrong(path + ".is_impossible", flag, "true or false"),
            };
            var golds = new List<string>();
            var answers = new List<SquadAnswer>();
            // A question without an answer may omit the list.
            if (impossible != true || Find(question, "answers") is not null)
            {
                foreach ((JsonElement answer, string place) in Items(question, path, "answers"))
                {
                    string text = Text(answer, place, "text");
                    golds.Add(text);
                    int codePoint = Integer(Need(answer, place, "answer_start"), place + ".answer_start");
                    int? occurrences = Find(answer, "occurrences") is JsonElement count ? Integer(count, place + ".occurrences") : null;
                    int start = Utf16Index(context, codePoint);
                    if (text.Length > 0 && start >= 0 && context.AsSpan(start).StartsWith(text, StringComparison.Ordinal))
                        answers.Add(new SquadAnswer(text, start, occurrences));
                    else
                        _misplaced.Add(new MisplacedAnswer(id, place, text, codePoint));
                }
            }
            if (impossible == true && golds.Count > 0)
                throw new TaskFileException(
                    $"'{file}': {path} has is_impossible = true and {golds.Count} answers; expected none. Correct 'is_impossible' or " +
                    $"remove the answers.");
            _questions.Add(new SquadQuestion(id, title, context, Text(question, path, "question"), answers, golds,
                impossible ?? golds.Count == 0));
        }

        private IEnumerable<(JsonElement Item, string Path)> Items(JsonElement parent, string path, string name)
        {
            JsonElement list = Need(parent, path, name);
            string place = Join(path, name);
            if (list.ValueKind != JsonValueKind.Array)
                throw Wrong(place, list, "a list of objects");
            int index = 0;
            foreach (JsonElement item in list.EnumerateArray())
            {
                string itemPath = string.Create(CultureInfo.InvariantCulture, $"{place}[{index++}]");
                if (item.ValueKind != JsonValueKind.Object)
                    throw Wrong(itemPath, item, "an object");
                yield return (item, itemPath);
            }
        }

        private string Text(JsonElement parent, string path, string name) => Text(Need(parent, path, name), Join(path, name));

        private string Text(JsonElement element, string path)
        {
            if (element.ValueKind != JsonValueKind.String)
                throw Wrong(path, element, "a text");
            try
            {
                return element.GetString() ?? throw new UnreachableException();
            }
            catch (InvalidOperationException exception)
            {
                throw new TaskFileException(
                    $"'{file}': {path} is not well-formed text: {exception.Message} Correct it, or download the file again.", exception);
            }
        }

        private int Integer(JsonElement element, string path) =>
            element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) ? value
                : throw Wrong(path, element, "a whole number");

        private JsonElement Need(JsonElement parent, string path, string name) => Find(parent, name)
            ?? throw new TaskFileException(
                $"'{file}': {(path.Length == 0 ? "the top level" : path)} has no property '{name}'. Check that the file is in " +
                $"SQuAD's format.");

        private static JsonElement? Find(JsonElement parent, string name) =>
            parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private TaskFileException Wrong(string path, JsonElement found, string expected)
        {
            string shown = found.ValueKind switch
            {
                JsonValueKind.Object => "an object",
                JsonValueKind.Array => "a list",
                _ => found.GetRawText() is { Length: > MaximumShown } raw ? raw[..MaximumShown] + "…" : found.GetRawText(),
            };
            return new TaskFileException($"'{file}': {path} is {shown}; expected {expected}. Check that the file is in SQuAD's format.");
        }

        private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
    }

    /// <summary>The UTF-16 index of a code point; −1 if the text is shorter.</summary>
    private static int Utf16Index(string text, int codePoint)
    {
        if (codePoint < 0)
            return -1;
        int index = 0;
        for (int i = 0; i < codePoint; i++)
        {
            if (index >= text.Length)
                return -1;
            index += char.IsSurrogatePair(text, index) ? 2 : 1;
        }
        return index;
    }
}
