using Microsoft.ML.Diffusion.Checkpoints;
using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>
/// Reads protobuf's wire format from a seekable stream, with a small buffer: a message is walked field by field and large fields are passed
/// over, so that nothing is allocated because a damaged file claims it.
/// </summary>
/// <param name="stream">The stream, which stays open.</param>
/// <param name="name">The file's name in messages.</param>
internal sealed class WireReader(Stream stream, string name)
{
    private readonly byte[] _buffer = new byte[16384];
    private long _bufferStart;
    private int _buffered;

    /// <summary>The file's name in messages.</summary>
    public string Name => name;

    /// <summary>The stream.</summary>
    public Stream Stream => stream;

    /// <summary>The offset of the next byte.</summary>
    public long Position { get; set; }

    /// <summary>Reads the tag of the next field of a message.</summary>
    /// <param name="end">The end of the message.</param>
    /// <param name="field">The field's number.</param>
    /// <param name="type">Its wire type: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.</param>
    /// <returns>False at the end of the message.</returns>
    public bool TryReadTag(long end, out int field, out int type)
    {
        field = type = 0;
        if (Position >= end)
            return false;
        ulong tag = ReadVarint(end);
        (field, type) = ((int)(tag >> 3), (int)(tag & 7));
        if (tag is 0 or > uint.MaxValue || field == 0 || type is not (0 or 1 or 2 or 5))
            throw Damaged("a field has no valid tag");
        return true;
    }

    /// <summary>Reads an integer of 1 to 10 bytes.</summary>
    public ulong ReadVarint(long end)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (Position >= end)
                throw Damaged("a number ends too early");
            byte next = Next();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw Damaged("a number has more than ten bytes");
    }

    /// <summary>Reads the length of a field of bytes, which must end before its message does.</summary>
    public long ReadLength(long end)
    {
        ulong length = ReadVarint(end);
        if (length > (ulong)(end - Position))
            throw Damaged($"a field claims {length:N0} bytes where {end - Position:N0} follow");
        return (long)length;
    }

    /// <summary>Reads a text of at most some bytes.</summary>
    public string ReadText(long end, int maximumLength) => TryReadText(end, maximumLength, out long length)
        ?? throw Damaged($"a name has {length:N0} bytes, where at most {maximumLength:N0} are expected");

    /// <summary>Reads a text of at most some bytes, or passes over a longer one.</summary>
    /// <returns>Null if it is longer.</returns>
    public string? TryReadText(long end, int maximumLength, out long length)
    {
        length = ReadLength(end);
        if (length > maximumLength)
        {
            Position += length;
            return null;
        }
        if (length == 0)
            return "";
        Span<byte> bytes = length <= 512 ? stackalloc byte[(int)length] : new byte[length];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = Next();
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads a float of four bytes.</summary>
    public float ReadFloat(long end)
    {
        if (end - Position < 4)
            throw Damaged("a float ends too early");
        Span<byte> bytes = [Next(), Next(), Next(), Next()];
        return BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    /// <summary>Passes over a field.</summary>
    public void Skip(int type, long end)
    {
        long length = type switch { 1 => 8, 5 => 4, 2 => ReadLength(end), _ => 0 };
        if (type == 0)
            ReadVarint(end);
        else if (length > end - Position)
            throw Damaged("a field ends too early");
        else
            Position += length;
    }

    /// <summary>The error for a damaged file.</summary>
    public CheckpointException Damaged(string found) => new(
        $"'{name}' is not a valid ONNX file: at byte {Position:N0}, {found}; expected a complete ONNX model. The file is damaged or " +
            "cut: download, copy or " +
        "export it again.");

    private byte Next()
    {
        long offset = Position - _bufferStart;
        if (offset < 0 || offset >= _buffered)
        {
            stream.Position = Position;
            _bufferStart = Position;
            _buffered = stream.ReadAtLeast(_buffer, 1, throwOnEndOfStream: false);
            offset = 0;
            if (_buffered == 0)
                throw Damaged("the file ends");
        }
        Position++;
        return _buffer[offset];
    }
}
