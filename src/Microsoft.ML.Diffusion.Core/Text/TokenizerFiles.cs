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

    /// <summary>
    /// SentencePiece models, by their names in different families. They are not supported, but named in the error if there is no other
    /// tokenizer.
    /// </summary>
    internal static readonly string[] SentencePieceModels = ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model"];

    /// <summary>The size limit of a file, in bytes.</summary>
    public const long LargestFile = 256L << 20;

    /// <summary>The names of tokenizer files.</summary>
    internal static readonly string[] Known =
        [TokenizerJson, TokenizerConfig, SpecialTokensMap, AddedTokens, VocabTxt, VocabJson, MergesTxt, .. SentencePieceModels];

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

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
                $"and merges.txt.");
        AtomicDirectory.Complete(directory);
        var files = new List<KeyValuePair<string, byte[]>>();
        foreach (string name in Known)
        {
            string path = Path.Combine(directory, name);
            if (InputFile.Exists(path))
                files.Add(new(name, Read(path)));
        }
        return new TokenizerFiles(files);
    }

    /// <summary>Whether a name is that of a tokenizer file.</summary>
    public static bool IsKnown(string name) => Known.Contains(name, StringComparer.Ordinal);

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

    private static byte[] Read(string path)
    {
        try
        {
            using FileStream stream = InputFile.Open(path, message => new TokenizerException(message));
            if (stream.Length > LargestFile)
                throw new TokenizerException(
                    $"'{path}' has {stream.Length} bytes; expected at most {LargestFile} for a tokenizer's file. Check that it is " +
                    $"the right file.");
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
