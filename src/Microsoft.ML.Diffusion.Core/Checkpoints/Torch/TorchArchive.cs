namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// The layout that <c>torch.save</c> writes since PyTorch 1.6: a zip with one folder of any name, in it <c>data.pkl</c>, the storages
/// <c>data/0</c>, <c>data/1</c> and so on, and from 2.1 on <c>byteorder</c>.
/// </summary>
internal static class TorchArchive
{
    private const string PickleName = "/data.pkl";

    public static bool Is(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8);

    /// <summary>Reads the pickle, and finds the storages.</summary>
    /// <exception cref="CheckpointException">The file is damaged, has another byte order, or contains an unsupported object.</exception>
    public static TorchContent Read(ModelFile file, MemoryBudget budget)
    {
        StoredZip zip = StoredZip.Open(file, budget);
        string? top = zip.Names.FirstOrDefault(IsPickle)?[..^PickleName.Length];
        if (top is null)
            throw new CheckpointException($"'{file.Name}' is a zip without '<folder>{PickleName}'; expected what torch.save writes. Use " +
                "the file that torch.save wrote, and do not zip it again.");
        if (zip.Names.Contains($"{top}/constants.pkl"))
            throw new CheckpointException($"'{file.Name}' is a TorchScript program, which is not read as it is code; expected a table of " +
                "tensors. Save the model's state_dict() with torch.save.");
        CheckByteOrder(file, zip.Locate($"{top}/byteorder"));
        ByteRange range = zip.Locate(top + PickleName)!.Value;
        if (range.Length > int.MaxValue)
            throw new CheckpointException($"'{file.Name}': {Messages.Quote(top + PickleName)} has {range.Length:N0} bytes; expected at " +
                $"most {int.MaxValue:N0}. {Messages.Again}");
        using ModelFile.Lease pickle = file.Borrow(range.Start, (int)range.Length);
        object? value = RestrictedUnpickler.Read(pickle.Span, file.Name, new TorchObjects(file.Name, budget), budget, out _);
        return new TorchContent(value, key => zip.Locate($"{top}/data/{key}"));
    }

    private static bool IsPickle(string name) =>
        name.EndsWith(PickleName, StringComparison.Ordinal)
        && name.IndexOf('/', StringComparison.Ordinal) == name.Length - PickleName.Length;

    private static void CheckByteOrder(ModelFile file, ByteRange? range)
    {
        if (range is not ByteRange written)
            return;
        using ModelFile.Lease lease = file.Borrow(written.Start, (int)Math.Min(written.Length, 16));
        if (!lease.Span.SequenceEqual("little"u8))
            throw new CheckpointException($"'{file.Name}' has the byte order {Messages.Quote(lease.Span)}; expected 'little'. Save the " +
                "model again on a little-endian machine, or as model.safetensors.");
    }
}
