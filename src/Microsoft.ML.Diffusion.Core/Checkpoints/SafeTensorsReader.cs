using System.Collections.ObjectModel;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// One file in the safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes
/// (<see href="https://huggingface.co/docs/safetensors"/>). The whole header is checked when the file is opened, before anything is
/// allocated by its claims; the tensors are not copied until they are read. Little-endian machines only.
/// </summary>
/// <remarks>
/// Like the reference implementation, the reader rejects a file unless its tensors cover the bytes after the header exactly: no gap, no
/// overlap, nothing after the last. It also rejects tensors of more than 8 dimensions, names of more than 4,096 bytes, and files of more
/// than 4,096 tensors with less than 64 bytes each on average, so that opening a file never takes more memory than twice its size.
/// </remarks>
internal sealed class SafeTensorsReader : TensorSource
{
    private const int LongestHeaderInMemory = 16 << 20;

    private readonly ModelFile _file;
    private readonly ReadOnlyDictionary<string, TensorEntry> _entries;
    private readonly long _dataStart;
    private readonly (int Start, int Length) _metadataRange;
    private ReadOnlyDictionary<string, string>? _metadata;

    private SafeTensorsReader(ModelFile file)
    {
        _file = file;
        SafeTensorsHeader header = SafeTensorsHeader.Read(file);
        _entries = new ReadOnlyDictionary<string, TensorEntry>(header.Entries);
        _dataStart = header.DataStart;
        _metadataRange = header.MetadataRange;
    }

    /// <inheritdoc/>
    public override string Name => _file.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries => _entries;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => _metadata ??= ReadMetadata();

    /// <summary>Maps a file on disk; nothing is copied.</summary>
    /// <exception cref="CheckpointException">The file is absent, or not a complete safetensors file.</exception>
    public static SafeTensorsReader Open(string path) => Open(ModelFile.Open(path));

    /// <summary>Opens a file in memory; it is not copied and must not change.</summary>
    /// <param name="content">The file.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <exception cref="CheckpointException">The bytes are not a complete safetensors file.</exception>
    public static SafeTensorsReader Open(ReadOnlyMemory<byte> content, string name) => Open(ModelFile.FromMemory(content, name));

    /// <summary>Opens an embedded resource in place, or reads another stream to memory; see <see cref="ModelFile.FromStream"/>.</summary>
    /// <exception cref="CheckpointException">The stream is not a complete safetensors file, or longer than
    /// <paramref name="maximumLength"/>.</exception>
    public static SafeTensorsReader Open(Stream stream, string name, long? maximumLength = null) =>
        Open(ModelFile.FromStream(stream, name, maximumLength));

    /// <summary>Opens a file and owns it.</summary>
    /// <exception cref="CheckpointException">The file is not a complete safetensors file; it has been disposed.</exception>
    public static SafeTensorsReader Open(ModelFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return new SafeTensorsReader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads a file to memory from a seekable stream, from its current position to its end. The whole header is checked first, so that no
    /// more is allocated than the header claims and the stream contains.
    /// </summary>
    /// <param name="stream">The stream, which stays open.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <returns>The file's bytes, for <see cref="Open(ReadOnlyMemory{byte}, string)"/>.</returns>
    /// <exception cref="CheckpointException">The stream is not a complete safetensors file, its header has more than 16 MiB, or it is too
    /// long for one array.</exception>
    public static byte[] ReadToMemory(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        long length = stream.Length - stream.Position;
        if (length > Array.MaxLength)
            throw new CheckpointException(
                $"'{name}' has {length:N0} bytes; at most {Array.MaxLength:N0} are read to memory. Use a model directory on disk, " +
                "which is mapped.");
        SafeTensorsHeader.Read(stream, name, LongestHeaderInMemory);
        byte[] content = GC.AllocateUninitializedArray<byte>((int)length);
        stream.ReadExactly(content);
        return content;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    internal override void ReadElements(TensorEntry entry, long start, Span<float> destination) =>
        StoredElements.Read(_file, _dataStart, entry, start, destination);

    private ReadOnlyDictionary<string, string> ReadMetadata()
    {
        if (_metadataRange.Length == 0)
            return ReadOnlyDictionary<string, string>.Empty;
        using ModelFile.Lease bytes = _file.Borrow(_metadataRange.Start, _metadataRange.Length);
        return new ReadOnlyDictionary<string, string>(SafeTensorsHeader.ParseMetadata(bytes.Span, Name));
    }
}
