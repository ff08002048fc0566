using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// The layout that <c>torch.save</c> wrote before PyTorch 1.6, and still writes on request: five pickles (a magic number, the protocol,
/// facts of the machine, the object, the keys of the storages), then for each storage an 8-byte count of elements and its bytes.
/// </summary>
internal sealed class TorchStream
{
    private const long Protocol = 1001;
    private const int LongestKey = 256;

    private static readonly BigInteger s_magic =
        BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private readonly ModelFile _file;
    private readonly MemoryBudget _budget;
    private long _position;

    private TorchStream(ModelFile file, MemoryBudget budget)
    {
        _file = file;
        _budget = budget;
    }

    public static bool Is(ReadOnlySpan<byte> start) => start is [0x80, >= 2 and <= 5, ..];

    /// <summary>Reads the pickles, and finds the storages.</summary>
    /// <exception cref="CheckpointException">The file is damaged, has another byte order, or contains an unsupported object.</exception>
    public static TorchContent Read(ModelFile file, MemoryBudget budget) => new TorchStream(file, budget).Read();

    private TorchContent Read()
    {
        if (ReadPickle(out _) is not BigInteger magic || magic != s_magic)
            throw new CheckpointException($"'{_file.Name}' is a pickle, and not one of torch.save; expected its magic number first. Save " +
                "the model's state_dict() with torch.save.");
        if (ReadPickle(out _) is not Protocol)
            throw Bad($"the protocol is not {Protocol}");
        if (ReadPickle(out _) is not PickledTable machine || !machine.Items.Exists(item => item is { Key: "little_endian", Value: true }))
            throw new CheckpointException($"'{_file.Name}' does not say that its byte order is little-endian, which is expected. Save " +
                "the model again on a little-endian machine, or as model.safetensors.");
        object? value = ReadPickle(out TorchObjects objects);
        if (ReadPickle(out _) is not List<object?> keys)
            throw Bad("the keys of the storages are no list");
        Dictionary<string, ByteRange> ranges = FindStorages(keys, objects.Storages);
        return new TorchContent(value, key => ranges.TryGetValue(key, out ByteRange range) ? range : null);
    }

    private object? ReadPickle(out TorchObjects objects)
    {
        objects = new TorchObjects(_file.Name, _budget);
        using ModelFile.Lease rest = _file.Borrow(_position, (int)Math.Min(_file.Length - _position, int.MaxValue));
        object? value = RestrictedUnpickler.Read(rest.Span, _file.Name, objects, _budget, out int length);
        _position += length;
        return value;
    }

    private Dictionary<string, ByteRange> FindStorages(List<object?> keys, List<TorchStorage> storages)
    {
        const int bytesOfAnEntry = 64;
        _budget.Take((long)bytesOfAnEntry * (keys.Count + storages.Count));
        var known = new Dictionary<string, TorchStorage>(storages.Count, StringComparer.Ordinal);
        foreach (TorchStorage storage in storages)
            known.TryAdd(storage.Key, storage);
        var ranges = new Dictionary<string, ByteRange>(keys.Count, StringComparer.Ordinal);
        foreach (object? item in keys)
        {
            if (item is not string { Length: <= LongestKey } key || !known.TryGetValue(key, out TorchStorage? storage))
                throw Bad("a storage is listed that no tensor lies in");
            long count = ReadCount(key), size = storage.Type?.Bits / 8 ?? 1;
            if (count < 0 || count > (_file.Length - _position) / size)
                throw Bad($"storage {Messages.Quote(key)} claims {count:N0} elements of {size} bytes; the file holds " +
                    $"{_file.Length - _position:N0} bytes after it");
            if (!ranges.TryAdd(key, new ByteRange(_position, count * size)))
                throw Bad($"storage {Messages.Quote(key)} is listed twice; expected it once");
            _position += count * size;
        }
        return _position == _file.Length ? ranges
            : throw Bad($"the storages end at byte {_position:N0}, the file has {_file.Length:N0} bytes; expected nothing after the last " +
                "storage");
    }

    private long ReadCount(string key)
    {
        if (_file.Length - _position < sizeof(long))
            throw Bad($"storage {Messages.Quote(key)} is missing");
        using ModelFile.Lease lease = _file.Borrow(_position, sizeof(long));
        _position += sizeof(long);
        return BinaryPrimitives.ReadInt64LittleEndian(lease.Span);
    }

    private CheckpointException Bad(string what) => new($"'{_file.Name}': {what}. {Messages.Again}");
}
