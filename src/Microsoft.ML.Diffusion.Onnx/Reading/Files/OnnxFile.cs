using Microsoft.ML.Diffusion.Checkpoints;
namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>An ONNX file: the graph's nodes, and the places of its tensors.</summary>
internal sealed class OnnxFile : IDisposable
{
    /// <summary>The versions of ONNX's own operators that are read.</summary>
    public const int OldestOpset = 7, NewestOpset = 26;

    private readonly ExternalFiles _external;

    internal OnnxFile(string name, long length, ExternalFiles external) => (Name, Length, _external) = (name, length, external);

    /// <summary>The file's name in messages.</summary>
    public string Name { get; }

    /// <summary>The bytes of the file.</summary>
    public long Length { get; }

    /// <summary>The version of ONNX's own operators.</summary>
    public int Opset { get; set; }

    public List<OnnxNode> Nodes { get; } = [];

    public Dictionary<string, OnnxTensor> Tensors { get; } = new(StringComparer.Ordinal);

    public List<OnnxInput> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    /// <summary>Reads a file.</summary>
    /// <param name="stream">A seekable stream, which stays open as long as tensors are read.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="folder">The folder of external data; null if there is none.</param>
    /// <exception cref="CheckpointException">The file is damaged, or has what is not read.</exception>
    public static OnnxFile Open(Stream stream, string name, string? folder)
    {
        var external = new ExternalFiles(name, folder);
        var file = new OnnxFile(name, stream.Length, external);
        try
        {
            new OnnxFileParser(stream, file, external).Read();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _external.Dispose();
}
