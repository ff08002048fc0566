using Microsoft.ML.Diffusion.Checkpoints;
namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>The files beside an ONNX file that hold its large tensors. A name that leads out of the folder is refused.</summary>
/// <param name="model">The ONNX file's name in messages.</param>
/// <param name="folder">Its folder; null for a model that is not in a file.</param>
internal sealed class ExternalFiles(string model, string? folder) : IDisposable
{
    private const int MostFiles = 4096;

    private readonly Dictionary<string, ModelFileStream> _open = new(StringComparer.Ordinal);

    /// <summary>Opens a file, or finds it open.</summary>
    /// <param name="tensor">The tensor that names it.</param>
    /// <param name="location">The file's name.</param>
    /// <exception cref="CheckpointException">It is outside the folder, or missing.</exception>
    public Stream Open(string tensor, string location)
    {
        string file = OnnxText.Shorten(location), of = $"'{model}': tensor '{OnnxText.Shorten(tensor)}' has its data in '{file}'";
        if (folder is null)
            throw new CheckpointException(
                $"{of}, a file beside the model, but the model is read from a stream; expected all data in the stream. Give the path of " +
                "the ONNX file instead.");
        if (location.Length is 0 or > 255 || location is "." or ".." || location.AsSpan().IndexOfAny("/\\:\0") >= 0)
            throw new CheckpointException(
                $"{of}; expected the name of a file in the model's own folder, without folders or a drive. Put the data beside the " +
                "model and save it again with that name; a model from elsewhere that asks for other files is not to be trusted.");
        if (_open.TryGetValue(location, out ModelFileStream? open))
            return open.Stream;
        string path = Path.Combine(folder, location);
        if (!File.Exists(path))
            throw new CheckpointException(
                $"{of}, which is missing from '{folder}'; expected it beside the model. Download or copy the file too.");
        if (new FileInfo(path).LinkTarget is string target)
        {
            string? whole = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName;
            string inside = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
            // The hub's cache links every file to ../../blobs; the model itself is such a link there.
            if (whole is null || (!whole.StartsWith(inside, StringComparison.Ordinal) && !IsHubBlob(target)))
                throw new CheckpointException(
                    $"{of}, a link out of the model's folder; expected the file itself. Copy the file beside the model.");
        }
        if (_open.Count == MostFiles)
            throw new CheckpointException($"'{model}' has its data in more than {MostFiles:N0} files; expected one or a few. Save it " +
                "again.");
        open = new ModelFileStream(path);
        _open.Add(location, open);
        return open.Stream;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ModelFileStream file in _open.Values)
            file.Dispose();
    }

    private static bool IsHubBlob(string target)
    {
        string[] parts = target.Replace('\\', '/').Split('/');
        return parts.Length >= 3 && parts[^2] == "blobs" && parts[..^2].All(part => part == "..") && parts[^1].All(char.IsAsciiHexDigit);
    }
}
