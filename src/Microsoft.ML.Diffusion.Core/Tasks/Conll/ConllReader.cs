using System.Globalization;
using System.Text;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Reads tagged sentences from CoNLL column files: one word on each line, its columns separated by tabs
/// or else by spaces, a blank line between sentences. Lines of the word <c>-DOCSTART-</c> separate documents and are skipped.
/// </summary>
/// <remarks>
/// Comments stand only before the first word of a sentence, as in CoNLL-U: after it, every line is a word. Without a
/// <see cref="ConllOptions.CommentPrefix"/>, a line there that starts with <c>#</c> and a blank is a comment if it has another number of
/// columns than the words have, or a tag that no word has and that says nothing of bounds although the others do.
/// </remarks>
public static class ConllReader
{
    private const string DocumentStart = "-DOCSTART-";
    private const int MaximumShown = 60;
    private const string Expected = "a word and its tag on each line";

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.</summary>
    /// <exception cref="TaskFileException">
    /// It is no ordinary file, is no text in such an encoding or holds no word; a line lacks a column or has
    /// other columns than the first; a word or tag is empty; or the tags are in a notation that is not read.
    /// </exception>
    /// <exception cref="ArgumentException">Words and tags are asked for in one column, or the comment prefix is empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConllData Read(string path, ConllOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reader = new StreamReader(new MemoryStream(TaskFile.ReadUtf8(path, Expected)), _strict);
        return Read(reader, path, options);
    }

    /// <summary>Reads from a text reader, which stays open.</summary>
    /// <param name="reader">The file's content.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="options">The file's layout; null for the defaults.</param>
    /// <inheritdoc cref="Read(string, ConllOptions)" path="/exception"/>
    public static ConllData Read(TextReader reader, string name, ConllOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        options ??= new ConllOptions();
        if (options.WordColumn == options.TagColumn)
            throw new ArgumentException(
                $"WordColumn and TagColumn are both {options.WordColumn}; expected two different columns. Set TagColumn to the " +
                    "column of the tags.",
                nameof(options));
        if (options.CommentPrefix?.Length == 0)
            throw new ArgumentException(
                "CommentPrefix is empty; expected the start of comment lines, or null. Set it to null if there are no comments.",
                nameof(options));
        try
        {
            return new Reading(name, options).Read(reader);
        }
        catch (DecoderFallbackException exception)
        {
            throw new TaskFileException($"'{name}' is not UTF-8: {exception.Message} Save it again in that encoding.", exception);
        }
    }

    private sealed class Reading(string file, ConllOptions options)
    {
        private readonly List<TaggedSentence> _sentences = [];
        private readonly TagSurvey _survey = new();
        private readonly List<(int Number, string Text)> _held = [], _comments = [];
        private readonly List<(int Sentence, int Word, int Number, string Text)> _doubtful = []; // words, if they are not comments
        private List<string> _words = [], _tags = [];
        private int _line, _columns, _leading; // as many words at the head of the sentence are in doubt

        public ConllData Read(TextReader reader)
        {
            for (int number = 1; reader.ReadLine() is string line; number++)
            {
                // What a # at the head of the file is, only the words that follow tell.
                if (_columns == 0 && options.CommentPrefix is null && (_held.Count > 0 || line.StartsWith('#')))
                {
                    _held.Add((number, line));
                    if (line.StartsWith('#') || IsBreak(line.TrimEnd(' ', '\t')))
                        continue;
                    Release(Cells(line.TrimEnd(' ', '\t')).Length);
                }
                else
                    Take(number, line);
            }
            if (_held.Count > 0)
                Release(_held.Select(held => held.Text.TrimEnd(' ', '\t'))
                    .FirstOrDefault(line => !IsBreak(line) && !MayBeComment(line)) is string word ? Cells(word).Length : 0);
            EndSentence();
            if (_sentences.Count == 0)
                throw new TaskFileException(
                    $"'{file}' holds no word; expected {Expected}. Check the path{(_comments.Count > 0 ? " and the CommentPrefix" : "")}.");
            return Finish();
        }

        private void Release(int columns)
        {
            _columns = columns;
            foreach ((int number, string line) in _held)
                Take(number, line);
            _held.Clear();
        }

        private void Take(int number, string line)
        {
            _line = number;
            string trimmed = line.TrimEnd(' ', '\t');
            if (IsBreak(trimmed))
                EndSentence();
            else if (_words.Count == _leading && IsComment(line, trimmed))
                _comments.Add((number, trimmed));
            else
                AddWord(trimmed);
        }

        private static bool IsBreak(string line) => line.Length == 0
            || (line.StartsWith(DocumentStart, StringComparison.Ordinal) &&
                (line.Length == DocumentStart.Length || line[DocumentStart.Length] is ' ' or '\t'));

        private bool IsComment(string line, string trimmed) => options.CommentPrefix is string prefix
            ? line.StartsWith(prefix, StringComparison.Ordinal)
            : MayBeComment(trimmed) && Cells(trimmed).Length != _columns;

        private static bool MayBeComment(string line) => line is ['#'] or ['#', ' ' or '\t', ..];

        private static string[] Cells(string line) =>
            line.Contains('\t', StringComparison.Ordinal) ? line.Split('\t') : line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        private void AddWord(string line)
        {
            string[] cells = Cells(line);
            if (_columns == 0)
                _columns = cells.Length;
            else if (cells.Length != _columns)
                throw Wrong(line,
                    $"has {cells.Length} columns; expected {_columns}, as in the other lines. Correct the line{Comments(line)}.");
            string word = Cell(line, cells, options.WordColumn, nameof(ConllOptions.WordColumn));
            string tag = Cell(line, cells, options.TagColumn, nameof(ConllOptions.TagColumn));
            if (Index(options.WordColumn) == Index(options.TagColumn))
            {
                throw Wrong(
                    line, $"has {_columns} columns, so that WordColumn {options.WordColumn} and TagColumn {options.TagColumn} are the same;"
                    + " expected two."
                    + $" Check the options and the file, which must have tags{Comments(line)}.");
            }
            if (options.CommentPrefix is null && _words.Count == _leading && MayBeComment(line))
            {
                _doubtful.Add((_sentences.Count, _words.Count, _line, line));
                _leading++;
            }
            _words.Add(word);
            _tags.Add(tag);
        }

        private string Cell(string line, string[] cells, int column, string option)
        {
            int index = Index(column);
            if (index < 0 || index >= cells.Length)
                throw Wrong(line,
                    $"has {cells.Length} columns; expected a column {column} ({option}). Check the options and the file{Comments(line)}.");
            return cells[index].Trim(' ') is { Length: > 0 } cell
                ? cell
                : throw Wrong(line, $"has an empty column {column} ({option}); expected a word or a tag. Correct the line.");
        }

        private int Index(int column) => column < 0 ? _columns + column : column;

        /// <summary>The tag that a line has if it is a word; empty if it cannot be one.</summary>
        private string TagOf(string line)
        {
            string[] cells = Cells(line);
            int tag = Index(options.TagColumn);
            return cells.Length == _columns && tag >= 0 && tag < cells.Length ? cells[tag].Trim(' ') : "";
        }

        private string Comments(string line)
        {
            if (!line.StartsWith(options.CommentPrefix ?? "#", StringComparison.Ordinal))
                return "";
            return _words.Count > _leading ? "; comments stand only before the first word of a sentence"
                : ", or set CommentPrefix if it is a comment";
        }

        private TaskFileException Wrong(string line, string what) =>
            new($"'{file}', line {_line}: \"{Short(line)}\" {what}");

        private static string Short(string line) => line.Length > MaximumShown ? line[..MaximumShown] + "…" : line;

        private void EndSentence()
        {
            if (_words.Count == 0)
                return;
            _survey.Add(_tags.Skip(_leading));
            _sentences.Add(new TaggedSentence(_words, _tags));
            (_words, _tags, _leading) = ([], [], 0);
        }

        private ConllData Finish()
        {
            if (_survey.Tags.FirstOrDefault(tag => tag is "*" or "*)" ||
                (tag.StartsWith('(') && tag.Contains('*', StringComparison.Ordinal))) is string bracket)
            {
                throw new TaskFileException(
                    $"'{file}' has the tag '{bracket}', as in the bracket notation of CoNLL-2012; expected a tag of its own"
                    + " for each word, as B-PER."
                    + " Convert the brackets to IOB2 tags, or name another TagColumn.");
            }
            var warnings = new List<string>();
            SettleDoubts(warnings);
            TagScheme scheme = TagScheme.Of(_survey.Tags, options.SuffixTags);
            warnings.AddRange(_survey.FindOddities(scheme));
            FindOddLines(warnings);
            int converted = 0;
            for (int i = 0; options.ConvertToIob2 && i < _sentences.Count; i++)
            {
                IReadOnlyList<string> tags = _sentences[i].Tags;
                string[] iob2 = EntitySpans.ToIob2(tags, scheme);
                converted += iob2.Where((tag, word) => tag != tags[word]).Count();
                _sentences[i] = _sentences[i] with { Tags = iob2 };
            }
            return new ConllData(_sentences, converted) { Warnings = warnings };
        }

        /// <summary>Leaves out the lines that are comments although they have the columns of words: the tags of the words tell.</summary>
        private void SettleDoubts(List<string> warnings)
        {
            TagScheme scheme = TagScheme.Of(_survey.Tags, options.SuffixTags);
            (int Sentence, int Word, int Number, string Text)[] odd = [.. _doubtful.Where(line => !_survey.Tags.Contains(TagOf(line.Text))
                && scheme.Parse(TagOf(line.Text)).Prefix == EntityTagPrefix.None)];
            bool areComments = scheme.HasBounds;
            foreach (IGrouping<int, (int Sentence, int Word, int Number, string Text)> lines in areComments
                ? odd.GroupBy(line => line.Sentence) : [])
            {
                HashSet<int> comments = [.. lines.Select(line => line.Word)];
                TaggedSentence sentence = _sentences[lines.Key];
                _sentences[lines.Key] = new TaggedSentence(
                    [.. sentence.Words.Where((_, word) => !comments.Contains(word))],
                    [.. sentence.Tags.Where((_, word) => !comments.Contains(word))]);
            }
            _sentences.RemoveAll(sentence => sentence.Words.Count == 0);
            _survey.Add(_doubtful.Except(areComments ? odd : []).Select(line => TagOf(line.Text)));
            if (odd.Length > 0)
            {
                warnings.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{odd.Length} lines that start with # look like comments, as line {odd[0].Number}: \"{Short(odd[0].Text)}\";"
                    + $" they are {(areComments ? "left out" : "read as words")}. Set CommentPrefix to say what comments start with."));
            }
        }

        private void FindOddLines(List<string> warnings)
        {
            (int Number, string Text)[] words =
                [.. _comments.Where(comment => options.CommentPrefix is not null && _survey.Tags.Contains(TagOf(comment.Text)))];
            if (words.Length > 0)
            {
                warnings.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{words.Length} lines that start with CommentPrefix '{options.CommentPrefix}' look like words,"
                    + $" as line {words[0].Number}: \"{Short(words[0].Text)}\"; they are left out as comments."
                    + $" If they are words, set a longer CommentPrefix, or null."));
            }
            if (_sentences.Exists(sentence => sentence.Words.Count > 1) && _sentences.TrueForAll(HasNumbersForWords))
            {
                warnings.Add(
                    $"The words in column {options.WordColumn} are 1, 2, 3 and so on in every sentence: they are probably numbers of words."
                    + " Set WordColumn to the column of the words.");
            }
        }

        private static bool HasNumbersForWords(TaggedSentence sentence)
        {
            for (int i = 0; i < sentence.Words.Count; i++)
            {
                if (sentence.Words[i] != (i + 1).ToString(CultureInfo.InvariantCulture))
                    return false;
            }
            return true;
        }
    }
}
