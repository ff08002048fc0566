using System.Collections.ObjectModel;

namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// One file of <c>torch.save</c>, such as <c>pytorch_model.bin</c>, in either layout. Its pickle is read as data by
/// <see cref="RestrictedUnpickler"/>, so that a file cannot run anything, and checked whole when the file is opened; the tensors stay where
/// they lie until they are read. Little-endian machines only.
/// </summary>
internal sealed class TorchCheckpointReader : TensorSource
{
    private readonly ModelFile _file;

    private TorchCheckpointReader(ModelFile file)
    {
        _file = file;
        Entries = new ReadOnlyDictionary<string, TensorEntry>(Read(file));
    }

    /// <inheritdoc/>
    public override string Name => _file.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Opens a file, and owns it.</summary>
    /// <exception cref="CheckpointException">The file is incomplete, or a tensor in it depends on an unknown name.</exception>
    public static TorchCheckpointReader Open(ModelFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return new TorchCheckpointReader(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _file.Dispose();

    internal override void ReadElements(TensorEntry entry, long start, Span<float> destination) =>
        StoredElements.Read(_file, 0, entry, start, destination);

    private static Dictionary<string, TensorEntry> Read(ModelFile file)
    {
        const int impostorLength = 64;
        var budget = new MemoryBudget(file.Name, file.Length);
        Span<byte> start = stackalloc byte[(int)Math.Min(file.Length, impostorLength)];
        using (ModelFile.Lease lease = file.Borrow(0, start.Length))
            lease.Span.CopyTo(start);
        TorchContent content = TorchArchive.Is(start) ? TorchArchive.Read(file, budget)
            : TorchStream.Is(start) ? TorchStream.Read(file, budget)
            : throw new CheckpointException($"'{file.Name}' has {file.Length:N0} bytes and is neither layout of torch.save; expected a " +
                $"zip or a pickle. {Messages.Impostor(start) ?? Messages.Again}");
        return TorchStateDict.Read(file, content, budget);
    }
}
