using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Diffusion.Tool.Terminals;

/// <summary>
/// The standard output as a pipe, which fails when its reader has gone, as head has after some lines. .NET's own stream ignores that, so
/// that a program would go on for nobody.
/// </summary>
internal sealed class PipeStream : Stream
{
    private readonly FileStream _stream;

    private PipeStream(FileStream stream) => _stream = stream;

    /// <summary>Whether the reader has gone.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Opens the standard output; null if it is no pipe of a Unix system.</summary>
    public static PipeStream? TryOpen()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return null;
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 1);
        // In a file, the next program of a script writes where this one's own stream leaves the shared position.
        return stream.CanSeek ? null : new PipeStream(stream);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _stream.Write(buffer);
        }
        catch (IOException)
        {
            IsClosed = true;
            throw;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
