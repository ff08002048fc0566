using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// A tokenizer's files by name, in the layout of a Hugging Face directory: from a directory, or from memory (an embedded resource, a part
/// of a model file). Known files are tokenizer.json, tokenizer_config.json, special_tokens_map.json, added_tokens.json, vocab.txt,
/// vocab.json and merges.txt; others are ignored.
/// </summary>
public sealed class TokenizerFiles
{
    internal const string TokenizerJson = "tokenizer.json";
    internal const string TokenizerConfig = "tokenizer_config.json";
    internal const string SpecialTokensMap = "special_tokens_map.json";
    internal const string AddedTokens = "added_tokens.json";
    internal const string VocabTxt = "vocab.txt";
    internal const string VocabJson = "vocab.json";
    internal const string MergesTxt = "merges.txt";
    private const string BpeCodes = "bpe.codes";

    /// <summary>config.json of the model, which may name the tokenizer's class.</summary>
    internal const string ModelConfiguration = "config.json";

    /// <summary>Files of sentence-transformers, which may ask for lowercase texts.</summary>
    internal static readonly string[] SentenceConfigurations =
        ["sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json", "sentence_albert_config.json"];

    /// <summary>The size limit of a file, in bytes.</summary>
    public const long LargestFile = 256L << 20;

    private static readonly string[] s_read =
        [TokenizerJson, TokenizerConfig, SpecialTokensMap, AddedTokens, VocabTxt, VocabJson, MergesTxt];

    /// <summary>The names of tokenizer files, those that are not supported included.</summary>
    internal static readonly string[] Known =
        [.. s_read, "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model", "spm.model", "tokenizer.model", BpeCodes];

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _beside = new(StringComparer.Ordinal);
    private readonly string[] _others = [];

    /// <summary>Makes the files from memory. The arrays are not copied.</summary>
    /// <param name="files">File names (no folders) and contents.</param>
    public TokenizerFiles(IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach ((string name, byte[] content) in files)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
            ArgumentNullException.ThrowIfNull(content);
            if (name.AsSpan().IndexOfAny('/', '\\') >= 0 || name is "." or "..")
                throw new ArgumentException($"'{name}' is not a file name. Give a name without a folder.", nameof(files));
            _files.Add(name, content);
        }
    }

    private TokenizerFiles(
        IEnumerable<KeyValuePair<string, byte[]>> files, IEnumerable<KeyValuePair<string, byte[]>> beside, IEnumerable<string> others,
        string place) : this(files) =>
        (_beside, _others, Place) = (new(beside, StringComparer.Ordinal), [.. others.Order(StringComparer.Ordinal)], place);

    /// <summary>The location of the files, for messages; null in memory.</summary>
    internal string? Place { get; }

    /// <summary>The names of files of tokenizers that are not supported, which are not read.</summary>
    internal IEnumerable<string> Others => _others.Concat(_files.Keys.Where(IsOther));

    /// <summary>The files' names, in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <summary>Reads the known files of a directory.</summary>
    /// <exception cref="TokenizerException">The directory does not exist, or a file is larger than <see cref="LargestFile"/>, cannot be
    /// read, or is a directory, a pipe, a device or a socket.</exception>
    /// <exception cref="CheckpointException">Writing the directory was interrupted, and cannot be completed.</exception>
    public static TokenizerFiles FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            throw new TokenizerException(
                $"The directory '{directory}' does not exist. Give a directory with tokenizer.json, vocab.txt, or vocab.json " +
                "and merges.txt.");
        AtomicDirectory.Complete(directory);
        return Collect(
            $"'{directory}'", Directory.EnumerateFiles(directory).Select(static path => Path.GetFileName(path)),
            name => InputFile.Exists(Path.Combine(directory, name)), name => Read(Path.Combine(directory, name)));
    }

    /// <summary>Collects a tokenizer's files from a place.</summary>
    /// <param name="place">The place, for messages.</param>
    /// <param name="names">The names of all files there.</param>
    /// <param name="exists">Whether there is something of a name.</param>
    /// <param name="read">Reads a file.</param>
    internal static TokenizerFiles Collect(string place, IEnumerable<string> names, Func<string, bool> exists, Func<string, byte[]> read)
    {
        return new TokenizerFiles(Contents(s_read), Contents([ModelConfiguration, .. SentenceConfigurations]), names.Where(IsOther), place);

        IEnumerable<KeyValuePair<string, byte[]>> Contents(IEnumerable<string> wanted) =>
            wanted.Where(exists).Select(name => KeyValuePair.Create(name, read(name)));
    }

    /// <summary>Whether a name is that of a tokenizer file.</summary>
    public static bool IsKnown(string name) => Known.Contains(name, StringComparer.Ordinal);

    /// <summary>Whether a name is that of a SentencePiece model; families name them differently.</summary>
    internal static bool IsSentencePiece(string name) =>
        name.EndsWith(".model", StringComparison.Ordinal) || name.EndsWith(".spm", StringComparison.Ordinal);

    /// <summary>The content of a file that is not the tokenizer's but says something about it, if present.</summary>
    internal bool TryGetBeside(string name, [NotNullWhen(true)] out byte[]? content) =>
        _beside.TryGetValue(name, out content) || _files.TryGetValue(name, out content);

    /// <summary>The content of a file, if present.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out byte[]? content) => _files.TryGetValue(name, out content);

    /// <summary>
    /// Writes the files into a directory, which is created if missing: all or none, even if the process is killed. The files of another
    /// tokenizer are removed.
    /// </summary>
    /// <exception cref="CheckpointException">The directory cannot be written.</exception>
    public void Save(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        AtomicDirectory.Write(directory, WriteTo, superseded: Known);
    }

    /// <summary>Writes the files unchanged.</summary>
    internal void WriteTo(string directory)
    {
        foreach ((string name, byte[] content) in _files)
            File.WriteAllBytes(Path.Combine(directory, name), content);
    }

    private static bool IsOther(string name) => name == BpeCodes || IsSentencePiece(name);

    private static byte[] Read(string path)
    {
        try
        {
            using FileStream stream = InputFile.Open(path, message => new TokenizerException(message));
            if (stream.Length > LargestFile)
                throw new TokenizerException(
                    $"'{path}' has {stream.Length} bytes; expected at most {LargestFile} for a tokenizer's file. Check that it is " +
                    "the right file.");
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception exception) when (exception is (IOException and not TokenizerException) or UnauthorizedAccessException)
        {
            throw new TokenizerException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }
}
