using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Onnx.Reading.Files;

/// <summary>The rest of a seekable stream, from 0 on; the stream stays open.</summary>
internal sealed class OffsetStream : Stream
{
    private readonly Stream _stream;
    private readonly long _start;

    private OffsetStream(Stream stream) => (_stream, _start) = (stream, stream.Position);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _stream.Length - _start;

    public override long Position
    {
        get => _stream.Position - _start;
        set => _stream.Position = _start + value;
    }

    /// <summary>A stream's rest as a seekable stream: itself, or a copy in memory that grows with what is read.</summary>
    /// <exception cref="CheckpointException">The stream is damaged, or too long for memory.</exception>
    public static Stream From(Stream stream)
    {
        if (stream.CanSeek)
            return new OffsetStream(stream);
        var copy = new MemoryStream();
        try
        {
            stream.CopyTo(copy);
        }
        catch (Exception exception) when (exception is InvalidDataException or (IOException and not CheckpointException))
        {
            throw new CheckpointException(
                $"The ONNX stream could not be read after {copy.Length:N0} bytes: {exception.Message} Expected a complete file: copy or " +
                "download it again.", exception);
        }
        copy.Position = 0;
        return copy;
    }

    public override int Read(byte[] buffer, int offset, int count) => _stream.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => _stream.Read(buffer);

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
