using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// The bytes of one file, mapped from disk, in an assembly's resources, or in memory. Only the content of other streams is copied.
/// Thread-safe: a read that runs while another thread disposes the file completes; a later one throws
/// <see cref="ObjectDisposedException"/>. A file on disk must not be truncated while it is open (replacing it by rename, as
/// <see cref="AtomicFile"/> does, is safe where the system allows it).
/// </summary>
public sealed unsafe class ModelFile : IDisposable
{
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly SafeBuffer? _viewHandle;
    private readonly long _viewOffset;
    private readonly UnmanagedMemoryStream? _unmanaged;
    private readonly byte* _pointer;
    private bool _disposed;

    private ModelFile(string name, ReadOnlyMemory<byte> memory)
    {
        Name = name;
        _memory = memory;
        Length = memory.Length;
    }

    private ModelFile(string name, UnmanagedMemoryStream unmanaged)
    {
        Name = name;
        _unmanaged = unmanaged;
        Length = unmanaged.Length - unmanaged.Position;
        _pointer = Length == 0 ? null : unmanaged.PositionPointer;
    }

    private ModelFile(string name, MemoryMappedFile map, long length)
    {
        Name = name;
        _map = map;
        _view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        _viewHandle = _view.SafeMemoryMappedViewHandle;
        _viewOffset = _view.PointerOffset;
        Length = length;
    }

    /// <summary>The source of the bytes, for messages.</summary>
    public string Name { get; }

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>Maps a file on disk.</summary>
    /// <exception cref="CheckpointException">The file is absent, cannot be read, or is a directory, a
    /// pipe, a device or a socket.</exception>
    public static ModelFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream? stream = null;
        MemoryMappedFile? map = null;
        try
        {
            stream = InputFile.Open(path, message => new CheckpointException(message), bufferSize: 0);
            long length = stream.Length;
            if (length == 0)
            {
                stream.Dispose();
                return new ModelFile(path, ReadOnlyMemory<byte>.Empty);
            }
            map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None,
                leaveOpen: false);
            return new ModelFile(path, map, length);
        }
        catch (Exception exception) when (exception is (IOException and not CheckpointException) or UnauthorizedAccessException
            or NotSupportedException)
        {
            map?.Dispose();
            stream?.Dispose();
            string found = exception is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read";
            throw new CheckpointException(
                $"'{path}' {found}; expected a readable file. Check the path and its permissions. ({exception.Message})", exception);
        }
    }

    /// <summary>Uses bytes in memory, which are not copied and must not change.</summary>
    internal static ModelFile FromMemory(ReadOnlyMemory<byte> content, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new ModelFile(name, content);
    }

    /// <summary>
    /// Takes the rest of a stream and owns the stream. Embedded resources and memory streams with an accessible buffer are read in place,
    /// for the lifetime of this object; any other stream is read to memory once, in a buffer that grows with the data.
    /// </summary>
    /// <param name="stream">The stream, at the first byte of the file.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="maximumLength">The most bytes to read to memory; null for the longest array, about 2 GiB.</param>
    /// <exception cref="CheckpointException">The stream is damaged, or longer than the limit.</exception>
    internal static ModelFile FromStream(Stream stream, string name, long? maximumLength = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (maximumLength is < 0)
            throw new ArgumentOutOfRangeException(nameof(maximumLength));
        if (stream is UnmanagedMemoryStream unmanaged)
            return new ModelFile(name, unmanaged);
        using (stream)
        {
            if (stream is MemoryStream memory && memory.TryGetBuffer(out ArraySegment<byte> buffer))
                return new ModelFile(name, buffer.AsMemory((int)Math.Min(memory.Position, memory.Length)));
            return new ModelFile(name, ReadToEnd(stream, name, Math.Min(maximumLength ?? Array.MaxLength, Array.MaxLength)));
        }
    }

    /// <summary>A copy of the whole file.</summary>
    /// <param name="maximumLength">A longer file is rejected before anything is allocated.</param>
    /// <exception cref="CheckpointException">The file is longer than <paramref name="maximumLength"/>.</exception>
    public byte[] ReadAllBytes(int maximumLength)
    {
        using Lease lease = BorrowAll(maximumLength);
        return lease.Span.ToArray();
    }

    /// <summary>The file as a read-only stream, valid until this object is disposed.</summary>
    public Stream OpenStream()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_map is not null)
            return _map.CreateViewStream(0, Length, MemoryMappedFileAccess.Read);
        if (_unmanaged is not null)
            return new UnmanagedMemoryStream(_pointer, Length);
        return MemoryMarshal.TryGetArray(_memory, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(_memory.ToArray(), writable: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _view?.Dispose();
        _map?.Dispose();
        _unmanaged?.Dispose();
    }

    /// <summary>All of a small file, in place.</summary>
    internal Lease BorrowAll(int maximumLength)
    {
        if (Length > maximumLength)
            throw new CheckpointException(
                $"'{Name}' has {Length:N0} bytes; expected at most {maximumLength:N0}. Check that it is the right file.");
        return Borrow(0, (int)Length);
    }

    /// <summary>A run of bytes, in place; the file stays mapped until the lease is disposed.</summary>
    internal Lease Borrow(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (offset < 0 || count < 0 || offset > Length - count)
            throw new ArgumentOutOfRangeException(nameof(offset));
        if (_viewHandle is not null)
        {
            byte* pointer = null;
            _viewHandle.AcquirePointer(ref pointer);
            return new Lease(new ReadOnlySpan<byte>(pointer + _viewOffset + offset, count), _viewHandle);
        }
        return new Lease(_unmanaged is not null ? new ReadOnlySpan<byte>(_pointer + offset, count)
            : _memory.Span.Slice((int)offset, count), null);
    }

    private static byte[] ReadToEnd(Stream stream, string name, long maximumLength)
    {
        var pieces = new List<byte[]>();
        long total = 0;
        int last = 0;
        try
        {
            while (true)
            {
                byte[] piece = new byte[Math.Clamp(total, 4096, 16 << 20)];
                last = stream.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false);
                total += last;
                if (total > maximumLength)
                    throw new CheckpointException(
                        $"'{name}' has more than {maximumLength:N0} bytes, the limit for reading to memory. Use a model directory on " +
                        "disk, which is mapped.");
                pieces.Add(piece);
                if (last < piece.Length)
                    break;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or (IOException and not CheckpointException))
        {
            throw new CheckpointException($"'{name}' could not be read after {total:N0} bytes: {exception.Message} {Messages.Again}",
                exception);
        }
        byte[] content = new byte[total];
        int offset = 0;
        foreach (byte[] piece in pieces)
        {
            int count = (int)Math.Min(piece.Length, total - offset);
            piece.AsSpan(0, count).CopyTo(content.AsSpan(offset));
            offset += count;
        }
        return content;
    }

    /// <summary>Leased bytes.</summary>
    internal readonly ref struct Lease(ReadOnlySpan<byte> span, SafeBuffer? handle)
    {
        public ReadOnlySpan<byte> Span { get; } = span;

        public void Dispose() => handle?.ReleasePointer();
    }
}
