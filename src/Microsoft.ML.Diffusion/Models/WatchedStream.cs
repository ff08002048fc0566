using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>
/// Writes to a stream and remembers errors: ML.NET ignores errors in writing the zip's directory, which comes last, and would leave a file
/// that cannot be read.
/// </summary>
internal sealed class WatchedStream : Stream
{
    private readonly Stream _stream;
    private Exception? _error;

    private WatchedStream(Stream stream) => _stream = stream;

    public override bool CanRead => false;

    public override bool CanSeek => _stream.CanSeek;

    public override bool CanWrite => true;

    public override long Length => _stream.Length;

    public override long Position
    {
        get => _stream.Position;
        set => _stream.Position = value;
    }

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <param name="write">Writes to the stream.</param>
    /// <exception cref="CheckpointException">Something was not written, whether or not <paramref name="write"/> reports it.</exception>
    public static void Write(Stream stream, string name, Action<Stream> write)
    {
        var watched = new WatchedStream(stream);
        try
        {
            write(watched);
        }
        catch (Exception) when (watched._error is not null)
        {
            // Any later exception is that error or a consequence of it.
        }
        if (watched._error is Exception error)
        {
            throw new CheckpointException(
                $"'{name}' could not be written after {stream.Position:N0} bytes: {error.Message} Free space on the disk, or save to " +
                    "another place.", error);
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _stream.Write(buffer);
        }
        catch (Exception exception)
        {
            _error ??= exception;
            throw;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        try
        {
            _stream.Flush();
        }
        catch (Exception exception)
        {
            _error ??= exception;
            throw;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => _stream.Seek(offset, origin);

    public override void SetLength(long value) => _stream.SetLength(value);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
