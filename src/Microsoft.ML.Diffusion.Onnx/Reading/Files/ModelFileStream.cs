using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>A file on disk as a stream: mapped, and refused if it is a directory, a pipe or a device.</summary>
internal sealed class ModelFileStream : IDisposable
{
    private readonly ModelFile _file;

    /// <summary>Opens a file.</summary>
    /// <exception cref="CheckpointException">The file is absent or cannot be read.</exception>
    public ModelFileStream(string path)
    {
        _file = ModelFile.Open(path);
        Stream = _file.OpenStream();
    }

    public Stream Stream { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        _file.Dispose();
    }
}
