using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>
/// The directory of a zip whose entries are stored as they are, as <c>torch.save</c> writes them, with zip64's sizes where there are any.
/// It says where an entry's bytes lie in the file, which <see cref="System.IO.Compression"/> does not. A compressed entry is refused.
/// </summary>
internal sealed class StoredZip
{
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const int End64Bytes = 56;
    private const int HeaderBytes = 46;
    private const int LocalHeaderBytes = 30;
    private const int EntryBytes = 96;
    private const ushort Zip64Id = 1;
    private const uint EndSignature = 0x06054b50;
    private const uint LocatorSignature = 0x07064b50;
    private const uint End64Signature = 0x06064b50;
    private const uint HeaderSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;

    private readonly ModelFile _file;
    private readonly MemoryBudget _budget;
    private readonly Dictionary<string, Entry> _entries;

    private StoredZip(ModelFile file, MemoryBudget budget)
    {
        _file = file;
        _budget = budget;
        (long start, long length, long count) = FindDirectory();
        if (start > file.Length || length > file.Length - start || length > int.MaxValue || count > length / HeaderBytes)
            throw Bad($"the zip's directory claims {count:N0} entries in {length:N0} bytes from byte {start:N0}; the file holds " +
                $"{file.Length:N0} bytes");
        budget.Take(count * EntryBytes);
        _entries = new Dictionary<string, Entry>((int)count, StringComparer.Ordinal);
        using ModelFile.Lease directory = file.Borrow(start, (int)length);
        ReadOnlySpan<byte> rest = directory.Span;
        for (long i = 0; i < count; i++)
            rest = rest[Read(rest)..];
    }

    /// <summary>The names of the entries.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <exception cref="CheckpointException">The directory is absent or damaged.</exception>
    public static StoredZip Open(ModelFile file, MemoryBudget budget) => new(file, budget);

    /// <summary>The position of an entry's bytes, or null if there is no such entry.</summary>
    /// <exception cref="CheckpointException">The entry is compressed, or not where the directory says.</exception>
    public ByteRange? Locate(string name)
    {
        if (!_entries.TryGetValue(name, out Entry entry))
            return null;
        if (!entry.IsStored)
            throw new CheckpointException($"'{_file.Name}': the entry {Messages.Quote(name)} is compressed or encrypted; expected it " +
                "stored, as torch.save does. Save the model again with torch.save, and do not zip it.");
        if (entry.Offset <= _file.Length - LocalHeaderBytes)
        {
            using ModelFile.Lease header = _file.Borrow(entry.Offset, LocalHeaderBytes);
            ReadOnlySpan<byte> bytes = header.Span;
            long start = entry.Offset + LocalHeaderBytes + UInt16(bytes, 26) + UInt16(bytes, 28);
            bool fits = start <= _file.Length && entry.Length <= _file.Length - start;
            if (fits && UInt32(bytes, 0) == LocalSignature && UInt16(bytes, 8) == 0)
                return new ByteRange(start, entry.Length);
        }
        throw Bad($"the entry {Messages.Quote(name)} of {entry.Length:N0} bytes is not at byte {entry.Offset:N0}, where the zip's " +
            "directory says it is");
    }

    private (long Start, long Length, long Count) FindDirectory()
    {
        int tailLength = (int)Math.Min(_file.Length, EndBytes + ushort.MaxValue);
        long tailStart = _file.Length - tailLength;
        using ModelFile.Lease lease = _file.Borrow(tailStart, tailLength);
        ReadOnlySpan<byte> tail = lease.Span;
        for (int at = tailLength - EndBytes; at >= 0; at--)
        {
            if (UInt32(tail, at) != EndSignature || UInt16(tail, at + 20) != tailLength - at - EndBytes)
                continue;
            if (at < LocatorBytes || UInt32(tail, at - LocatorBytes) != LocatorSignature)
                return (UInt32(tail, at + 16), UInt32(tail, at + 12), UInt16(tail, at + 10));
            long end64 = Int64(tail, at - LocatorBytes + 8);
            if (end64 > _file.Length - End64Bytes)
                throw Bad("the zip's end is not where its locator says");
            using ModelFile.Lease record = _file.Borrow(end64, End64Bytes);
            if (UInt32(record.Span, 0) != End64Signature)
                throw Bad("the zip's end is not where its locator says");
            return (Int64(record.Span, 48), Int64(record.Span, 40), Int64(record.Span, 32));
        }
        throw Bad("the zip's directory, which stands at its end, is missing");
    }

    /// <summary>Reads one header of the directory.</summary>
    /// <returns>Its length.</returns>
    private int Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes || UInt32(bytes, 0) != HeaderSignature)
            throw Bad("the zip's directory ends before all of its entries");
        int nameLength = UInt16(bytes, 28), extraLength = UInt16(bytes, 30);
        int length = HeaderBytes + nameLength + extraLength + UInt16(bytes, 32);
        if (length > bytes.Length || !Utf8.IsValid(bytes.Slice(HeaderBytes, nameLength)))
            throw Bad("the zip's directory is cut short, or a name in it is not valid UTF-8");
        long compressed = UInt32(bytes, 20), size = UInt32(bytes, 24), offset = UInt32(bytes, 42);
        ReadOnlySpan<byte> extra = Zip64Extra(bytes.Slice(HeaderBytes + nameLength, extraLength));
        Widen(ref size, ref extra);
        Widen(ref compressed, ref extra);
        Widen(ref offset, ref extra);
        _budget.Take(24 + 2L * nameLength);
        string name = Encoding.UTF8.GetString(bytes.Slice(HeaderBytes, nameLength));
        bool isStored = UInt16(bytes, 10) == 0 && (UInt16(bytes, 8) & 1) == 0 && compressed == size;
        if (!_entries.TryAdd(name, new Entry(offset, size, isStored)))
            throw Bad($"the entry {Messages.Quote(name)} occurs twice; expected it once");
        return length;
    }

    /// <summary>Takes the 64-bit value of a field that is too large for its own place.</summary>
    private void Widen(ref long field, ref ReadOnlySpan<byte> extra)
    {
        if (field != uint.MaxValue)
            return;
        if (extra.Length < sizeof(long))
            throw Bad("an entry of the zip lacks its 64-bit size or place");
        field = Int64(extra, 0);
        extra = extra[sizeof(long)..];
    }

    private static ReadOnlySpan<byte> Zip64Extra(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int length = Math.Min(UInt16(extra, 2), extra.Length - 4);
            if (UInt16(extra, 0) == Zip64Id)
                return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        return default;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private long Int64(ReadOnlySpan<byte> bytes, int at)
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        return value >= 0 ? value : throw Bad($"a 64-bit size or place in the zip is {(ulong)value:N0}");
    }

    private CheckpointException Bad(string what) => new($"'{_file.Name}': {what}. {Messages.Again}");

    private readonly record struct Entry(long Offset, long Length, bool IsStored);
}
