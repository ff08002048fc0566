using Microsoft.ML.Diffusion.Tasks;

namespace Microsoft.ML.Diffusion.Tool.Input;

/// <summary>The sentences of a CoNLL file as a table of texts, with a space between words.</summary>
internal static class ConllTable
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="TaskFileException">It is not a CoNLL file.</exception>
    public static Table Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no file '{path}'. Check the path.");
        return new Table(path, [TableFile.TextColumn],
            ConllReader.Read(path).Sentences.Select(sentence => (string[])[string.Join(' ', sentence.Words)]));
    }
}
