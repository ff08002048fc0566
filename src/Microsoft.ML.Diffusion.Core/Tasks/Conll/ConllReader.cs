using System.Text;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Tasks.NamedEntities;

namespace Microsoft.ML.Diffusion.Tasks;

/// <summary>
/// Reads tagged sentences from CoNLL column files: one word per line, columns separated by tabs or else by spaces, and an empty line
/// between sentences. Lines with the word <c>-DOCSTART-</c> separate documents and are skipped.
/// </summary>
public static class ConllReader
{
    private const string DocumentStart = "-DOCSTART-";
    private const int MaximumShown = 60;

    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file in UTF-8.</summary>
    /// <exception cref="TaskFileException">The file is not an ordinary file or not UTF-8, a line lacks a column or has a different number
    /// of columns than the first, or a word or tag is empty.</exception>
    /// <exception cref="ArgumentException">Words and tags have the same column, or the comment prefix is empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ConllData Read(string path, ConllOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var reader = new StreamReader(InputFile.Open(path, message => new TaskFileException(message)), _strict);
        return Read(reader, path, options);
    }

    /// <summary>Reads from a text reader, which stays open.</summary>
    /// <param name="reader">The file's content.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="options">How the file is laid out; null for the defaults.</param>
    /// <inheritdoc cref="Read(string, ConllOptions)" path="/exception"/>
    public static ConllData Read(TextReader reader, string name, ConllOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        options ??= new ConllOptions();
        if (options.WordColumn == options.TagColumn)
            throw new ArgumentException(
                $"WordColumn and TagColumn are both {options.WordColumn}; expected two different columns. Set TagColumn to the column of " +
                $"the tags.", nameof(options));
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
        private List<string> _words = [], _tags = [];
        private int _line, _columns, _converted;

        public ConllData Read(TextReader reader)
        {
            while (reader.ReadLine() is string line)
            {
                _line++;
                if (options.CommentPrefix is string prefix && line.StartsWith(prefix, StringComparison.Ordinal))
                    continue;
                line = line.TrimEnd(' ', '\t');
                if (line.Length == 0 || line.StartsWith(DocumentStart, StringComparison.Ordinal) &&
                    (line.Length == DocumentStart.Length || line[DocumentStart.Length] is ' ' or '\t'))
                    EndSentence();
                else
                    AddWord(line);
            }
            EndSentence();
            return new ConllData(_sentences, _converted);
        }

        private void AddWord(string line)
        {
            string[] cells = line.Contains('\t', StringComparison.Ordinal) ? line.Split('\t')
                : line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (_columns == 0)
                _columns = cells.Length;
            else if (cells.Length != _columns)
                throw Wrong(line,
                    $"has {cells.Length} columns; expected {_columns}, as in the lines before. Correct the line{Comments(line)}.");
            string word = Cell(line, cells, options.WordColumn, nameof(ConllOptions.WordColumn));
            string tag = Cell(line, cells, options.TagColumn, nameof(ConllOptions.TagColumn));
            if (Index(options.WordColumn) == Index(options.TagColumn))
                throw Wrong(line,
                    $"has {_columns} columns, so that WordColumn {options.WordColumn} and TagColumn {options.TagColumn} are the same; " +
                    $"expected two. Check the options and the file{Comments(line)}.");
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

        private string Comments(string line) =>
            options.CommentPrefix is null && line.StartsWith('#') ? ", or set CommentPrefix if it is a comment" : "";

        private TaskFileException Wrong(string line, string what) =>
            new($"'{file}', line {_line}: \"{(line.Length > MaximumShown ? line[..MaximumShown] + "…" : line)}\" {what}");

        private void EndSentence()
        {
            if (_words.Count == 0)
                return;
            IReadOnlyList<string> tags = _tags;
            if (options.ConvertToIob2)
            {
                tags = EntitySpans.ToIob2(_tags);
                for (int i = 0; i < _tags.Count; i++)
                    _converted += tags[i] == _tags[i] ? 0 : 1;
            }
            _sentences.Add(new TaggedSentence(_words, tags));
            (_words, _tags) = ([], []);
        }
    }
}
