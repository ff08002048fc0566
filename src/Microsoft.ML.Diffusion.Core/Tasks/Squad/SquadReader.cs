using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Diffusion.Tasks.Squad;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Reads question files: SQuAD v1.1 and v2.0, and the flat rows of Hugging Face, as a list, under <c>data</c> or one on each line (JSON
/// Lines). Files count characters in Unicode code points, like Python; the result counts them in UTF-16 code units,
/// like .NET.
/// </summary>
public static class SquadReader
{
    private const int MaximumShown = 40;
    private const int MaximumKeys = 10;
    private const string Expected = "questions in SQuAD's format, as JSON";

    /// <summary>Reads a file.</summary>
    /// <exception cref="TaskFileException">The file is not an ordinary file, not JSON, or not in the
    /// format; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SquadData Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(TaskFile.ReadUtf8(path, Expected), path);
    }

    /// <summary>Reads a stream in UTF-8, which stays open.</summary>
    /// <param name="stream">The file's content.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <inheritdoc cref="Read(string)" path="/exception"/>
    public static SquadData Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Read(TaskFile.ReadUtf8(stream, name, Expected), name);
    }

    private static SquadData Read(byte[] utf8, string name)
    {
        var reading = new Reading(name);
        try
        {
            JsonValues.Read(utf8, reading.Add);
        }
        catch (JsonException exception)
        {
            throw new TaskFileException($"'{name}' is not JSON: {exception.Message} Correct the file or download it again.", exception);
        }
        return reading.Finish();
    }

    private sealed class Reading(string file)
    {
        private readonly List<SquadQuestion> _questions = [];
        private readonly List<MisplacedAnswer> _misplaced = [];
        // one copy of each, however often rows repeat it
        private readonly Dictionary<string, string> _contexts = new(StringComparer.Ordinal);
        private string _version = "";
        private int _line;
        private int _madeIds;
        private string? _firstMadeId;

        /// <summary>Adds a value of the file: all of it, or a line.</summary>
        public void Add(JsonElement root, int line)
        {
            _line = line;
            if (root.ValueKind == JsonValueKind.Array)
                AddEntries(root, "");
            else if (root.ValueKind != JsonValueKind.Object)
                throw Wrong("", root, "an object or a list of them");
            else if (Find(root, "data") is JsonElement data)
            {
                _version = Name(root, "", "version");
                AddEntries(data, "data");
            }
            else
                AddEntry(root, "");
        }

        public SquadData Finish()
        {
            if (_questions.Count == 0)
                throw new TaskFileException($"'{file}' holds no question; expected {Expected}. Check the path, or get the file again.");
            var warnings = new List<string>();
            if (_madeIds > 0)
                warnings.Add($"{_madeIds} questions have no id; the place in the file stands for it, as '{_firstMadeId}'.");
            string[] twice = [.. _questions.CountBy(question => question.Id).Where(id => id.Value > 1).Select(id => id.Key)];
            if (twice.Length > 0)
                warnings.Add($"{twice.Length} ids belong to more than one question, as '{twice[0]}' does; all the questions are kept.");
            return new SquadData(_version, _questions, _misplaced) { Warnings = warnings };
        }

        private void AddEntries(JsonElement list, string path)
        {
            foreach ((JsonElement entry, string place) in Items(list, path))
                AddEntry(entry, place);
        }

        /// <summary>An article, a paragraph of one, or a question with its context.</summary>
        private void AddEntry(JsonElement entry, string path)
        {
            if (Find(entry, "paragraphs") is JsonElement paragraphs)
            {
                string title = Name(entry, path, "title");
                foreach ((JsonElement paragraph, string place) in Items(paragraphs, Join(path, "paragraphs")))
                    AddParagraph(paragraph, place, title);
            }
            else if (Find(entry, "qas") is not null)
                AddParagraph(entry, path, Name(entry, path, "title"));
            else if (Find(entry, "question") is not null && Find(entry, "context") is not null)
                AddQuestion(entry, path, Name(entry, path, "title"), Context(entry, path));
            else
            {
                throw new TaskFileException(
                    $"{Place(path)} has {KeysOf(entry)}; expected 'data' with articles of 'paragraphs', as in SQuAD,"
                    + " or rows of 'context', 'question' and 'answers'."
                    + " Convert the file to one of these.");
            }
        }

        private void AddParagraph(JsonElement paragraph, string path, string title)
        {
            string context = Context(paragraph, path);
            foreach ((JsonElement question, string place) in Items(Need(paragraph, path, "qas"), Join(path, "qas")))
                AddQuestion(question, place, title, context);
        }

        private void AddQuestion(JsonElement question, string path, string title, string context)
        {
            string id = Name(question, path, "id");
            if (id.Length == 0)
            {
                id = path.Length == 0 && _line == 0 ? "the top level" : Located(path);
                _madeIds++;
                _firstMadeId ??= id;
            }
            bool? impossible = Find(question, "is_impossible") is not JsonElement flag ? null : flag.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                // Tables have these for the two.
                JsonValueKind.String when bool.TryParse(flag.GetString(), out bool value) => value,
                JsonValueKind.Number when flag.TryGetInt32(out int value) && value is 0 or 1 => value == 1,
                _ => throw Wrong(Join(path, "is_impossible"), flag, "true or false"),
            };
            var golds = new List<string>();
            var answers = new List<SquadAnswer>();
            foreach ((string gold, int codePoint, int? occurrences, string place) in
                Answers(question, path, mayBeAbsent: impossible == true))
            {
                // Tools write such an answer for none.
                if (gold.Length == 0 && (impossible == true || codePoint < 0))
                    continue;
                golds.Add(gold);
                int start = Utf16Index(context, codePoint);
                if (gold.Length > 0 && start >= 0 && context.AsSpan(start).StartsWith(gold, StringComparison.Ordinal))
                    answers.Add(new SquadAnswer(gold, start, occurrences));
                else
                    _misplaced.Add(new MisplacedAnswer(id, Located(place), gold, codePoint));
            }
            if (impossible == true && golds.Count > 0)
            {
                throw new TaskFileException(
                    $"{Place(path)} has is_impossible = true and {golds.Count} answers; expected none, or is_impossible false."
                    + " Find out which of the two is meant.");
            }
            string text = Text(Need(question, path, "question"), Join(path, "question"));
            _questions.Add(new SquadQuestion(id, title, context, text, answers, golds, impossible ?? golds.Count == 0));
        }

        /// <summary>The answers of a question: a list of objects, or an object of lists, as Hugging Face has them.</summary>
        private IEnumerable<(string Text, int CodePoint, int? Occurrences, string Place)> Answers(JsonElement question,
            string path, bool mayBeAbsent)
        {
            string place = Join(path, "answers");
            // A question without an answer has an empty list, a null, or, where it says that it is impossible, nothing.
            if (!question.TryGetProperty("answers", out JsonElement found))
                return mayBeAbsent ? [] : throw Absent(question, path, "answers");
            return found.ValueKind switch
            {
                JsonValueKind.Null => [],
                JsonValueKind.Array => Items(found, place).Select(item => Answer(item.Item, item.Path)),
                JsonValueKind.Object => Columns(found, place),
                _ => throw Wrong(place, found, "a list of objects with 'text' and 'answer_start', or an object with lists of both"),
            };
        }

        private (string Text, int CodePoint, int? Occurrences, string Place) Answer(JsonElement answer, string path) => (
            Text(Need(answer, path, "text"), Join(path, "text")),
            Integer(Need(answer, path, "answer_start"), Join(path, "answer_start")),
            Find(answer, "occurrences") is JsonElement count ? Integer(count, Join(path, "occurrences")) : null,
            path);

        private IEnumerable<(string Text, int CodePoint, int? Occurrences, string Place)> Columns(JsonElement answers, string path)
        {
            if (!answers.EnumerateObject().Any(property => property.Value.ValueKind != JsonValueKind.Null))
                return [];
            (JsonElement texts, JsonElement starts) = (Need(answers, path, "text"), Need(answers, path, "answer_start"));
            if (texts.ValueKind != JsonValueKind.Array)
                return [Answer(answers, path)];
            if (starts.ValueKind != JsonValueKind.Array || starts.GetArrayLength() != texts.GetArrayLength())
                throw Wrong(Join(path, "answer_start"), starts,
                    $"a list of {texts.GetArrayLength()} whole numbers, one for each of 'text'");
            return texts.EnumerateArray().Zip(starts.EnumerateArray())
                .Select((pair, i) => (Text: pair.First, Start: pair.Second, Index: i))
                .Where(pair => pair.Text.ValueKind != JsonValueKind.Null || pair.Start.ValueKind != JsonValueKind.Null)
                .Select(pair => (
                    Text(pair.Text, $"{path}.text[{pair.Index}]"), Integer(pair.Start, $"{path}.answer_start[{pair.Index}]"), (int?)null,
                    $"{path}.text[{pair.Index}]"));
        }

        private IEnumerable<(JsonElement Item, string Path)> Items(JsonElement list, string path)
        {
            if (list.ValueKind != JsonValueKind.Array)
                throw Wrong(path, list, "a list of objects");
            int index = 0;
            foreach (JsonElement item in list.EnumerateArray())
            {
                string itemPath = string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]");
                if (item.ValueKind != JsonValueKind.Object)
                    throw Wrong(itemPath, item, "an object");
                yield return (item, itemPath);
            }
        }

        private string Context(JsonElement parent, string path)
        {
            string context = Text(Need(parent, path, "context"), Join(path, "context"));
            return _contexts.TryGetValue(context, out string? known) ? known : _contexts[context] = context;
        }

        /// <summary>A name, or a number that stands for one, as 2.0 does for a version; empty where there is none.</summary>
        private string Name(JsonElement parent, string path, string name) =>
            Find(parent, name) is not JsonElement found ? "" : found.ValueKind == JsonValueKind.Number ? found.GetRawText()
                : Text(found, Join(path, name));

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
                    $"{Place(path)} is not well-formed text: {exception.Message} Correct it, or download the file again.", exception);
            }
        }

        /// <summary>A whole number; also one that a table of floating-point numbers has as 13.0.</summary>
        private int Integer(JsonElement element, string path) =>
            element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && (int)value == value ? (int)value
                : throw Wrong(path, element, "a whole number");

        private JsonElement Need(JsonElement parent, string path, string name) => Find(parent, name) ?? throw Absent(parent, path, name);

        private static JsonElement? Find(JsonElement parent, string name) =>
            parent.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

        private TaskFileException Absent(JsonElement parent, string path, string name) =>
            new($"{Place(path)} has no property '{name}'; it has {KeysOf(parent)}. Check that the file is in SQuAD's format.");

        private TaskFileException Wrong(string path, JsonElement found, string expected)
        {
            string shown = found.ValueKind switch
            {
                JsonValueKind.Object => "an object",
                JsonValueKind.Array => $"a list of {found.GetArrayLength()}",
                _ => found.GetRawText() is { Length: > MaximumShown } raw ? raw[..MaximumShown] + "…" : found.GetRawText(),
            };
            return new TaskFileException($"{Place(path)} is {shown}; expected {expected}. Check that the file is in SQuAD's format.");
        }

        private static string KeysOf(JsonElement element)
        {
            string[] keys = element.ValueKind == JsonValueKind.Object
                ? [.. element.EnumerateObject().Select(property => property.Name)]
                : [];
            string more = keys.Length > MaximumKeys ? $" and {keys.Length - MaximumKeys} more" : "";
            return keys.Length == 0 ? "no keys" : $"the keys '{string.Join("', '", keys.Take(MaximumKeys))}'{more}";
        }

        private string Place(string path) =>
            $"'{file}'{(_line > 0 ? $", line {_line}" : "")}: {(path.Length == 0 ? "the top level" : path)}";

        /// <summary>A place without the file's name.</summary>
        private string Located(string path) => _line == 0 ? path : path.Length == 0 ? $"line {_line}" : $"line {_line}, {path}";

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
