using System.Buffers.Binary;
using System.Text.Unicode;

namespace Microsoft.ML.Diffusion.Checkpoints.Torch;

/// <summary>The bytes of a pickle, taken from the front. No length that they claim reaches beyond their end.</summary>
/// <param name="pickle">Where it begins; bytes may follow it.</param>
/// <param name="file">The file's name in messages.</param>
internal ref struct PickleInput(ReadOnlySpan<byte> pickle, string file)
{
    private const int LongestName = 1024;

    private readonly ReadOnlySpan<byte> _pickle = pickle;
    private readonly string _file = file;
    private int _opcodeAt;

    /// <summary>The number of bytes that were taken.</summary>
    public int Position { get; private set; }

    /// <summary>The number of bytes from the pickle's first to the file's last.</summary>
    public readonly int Length => _pickle.Length;

    /// <summary>Takes an opcode. The place in messages is that of the last one.</summary>
    public PickleOpcode TakeOpcode()
    {
        _opcodeAt = Position;
        return (PickleOpcode)Take(1)[0];
    }

    /// <summary>Takes bytes.</summary>
    /// <exception cref="CheckpointException">There are fewer.</exception>
    public ReadOnlySpan<byte> Take(long count)
    {
        CheckRest((ulong)count);
        ReadOnlySpan<byte> bytes = _pickle.Slice(Position, (int)count);
        Position += (int)count;
        return bytes;
    }

    /// <summary>Takes an unsigned length of 4 bytes.</summary>
    public long TakeLength4() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Takes an unsigned length of 8 bytes.</summary>
    /// <exception cref="CheckpointException">Fewer bytes than that follow.</exception>
    public long TakeLength8()
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
        CheckRest(length);
        return (long)length;
    }

    /// <summary>Takes a name and the end of its line.</summary>
    /// <returns>The name.</returns>
    /// <exception cref="CheckpointException">It is too long, or not UTF-8.</exception>
    public ReadOnlySpan<byte> TakeLine()
    {
        ReadOnlySpan<byte> rest = _pickle[Position..];
        int length = rest[..Math.Min(rest.Length, LongestName)].IndexOf((byte)'\n');
        if (length < 0 || !Utf8.IsValid(rest[..length]))
            throw Bad($"a name does not end within {LongestName:N0} bytes, or is not valid UTF-8");
        Position += length + 1;
        return rest[..length];
    }

    /// <summary>The error for damaged content.</summary>
    /// <param name="what">The damage.</param>
    public readonly CheckpointException Bad(string what) =>
        new($"'{_file}': at byte {_opcodeAt:N0} of a pickle, {what}. {Messages.Again}");

    private readonly void CheckRest(ulong count)
    {
        int rest = _pickle.Length - Position;
        if (count > (ulong)rest)
            throw Bad($"{count:N0} bytes are to follow, and the file holds {rest:N0}");
    }
}
