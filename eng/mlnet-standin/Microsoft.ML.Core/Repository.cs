using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>The entries of a model file, each a seekable stream.</summary>
internal abstract class Repository : IDisposable
{
    internal Repository(bool needDir, IExceptionContext ectx) => ExceptionContext = ectx;
    public IExceptionContext ExceptionContext { get; }
    public void Dispose() => Dispose(true);

    protected virtual void Dispose(bool disposing) { }

    protected abstract void OnDispose(Entry ent);
    protected static string NormalizeForArchiveEntry(string path) => path.Replace('\\', '/');

    /// <summary>One entry while it is read or written, held in a file that goes when it is closed.</summary>
    public sealed class Entry : IDisposable
    {
        private readonly Repository _repository;
        private bool _disposed;

        internal Entry(Repository rep, string path, Stream stream)
        {
            (_repository, Path) = (rep, path);
            string file = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
            Stream = new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
            stream?.CopyTo(Stream);
            Stream.Position = 0;
        }

        public string Path { get; }
        public Stream Stream { get; }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            _repository.OnDispose(this);
            Stream.Dispose();
        }
    }
}

/// <summary>Writes a model file: an entry goes into the archive when it is disposed.</summary>
internal sealed class RepositoryWriter : Repository
{
    private readonly ZipArchive _archive;

    private RepositoryWriter(Stream stream, IExceptionContext ectx) : base(false, ectx) =>
        _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);

    public static RepositoryWriter CreateNew(Stream stream, IExceptionContext ectx = null, bool useFileSystem = true)
    {
        var writer = new RepositoryWriter(stream, ectx);
        using Entry entry = writer.CreateEntry("TrainingInfo", "Version.txt");
        using var text = new StreamWriter(entry.Stream, leaveOpen: true);
        text.Write($"{typeof(IHostEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}\n");
        return writer;
    }

    public Entry CreateEntry(string dir, string name) => new(this, NormalizeForArchiveEntry(Path.Combine(dir, name)), null);

    protected override void OnDispose(Entry ent)
    {
        using Stream target = _archive.CreateEntry(ent.Path).Open();
        ent.Stream.Position = 0;
        ent.Stream.CopyTo(target);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _archive.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Reads a model file.</summary>
internal sealed class RepositoryReader : Repository
{
    private readonly ZipArchive _archive;

    // An archive that is only read, over a stream that stays open, holds nothing to dispose of.
    private RepositoryReader(Stream stream, IExceptionContext ectx) : base(false, ectx) =>
        _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);

    public static RepositoryReader Open(Stream stream, IExceptionContext ectx = null, bool useFileSystem = true) => new(stream, ectx);

    public Entry OpenEntryOrNull(string dir, string name)
    {
        string path = NormalizeForArchiveEntry(Path.Combine(dir, name));
        // Archives written on Windows by old versions have backslashes.
        ZipArchiveEntry source = _archive.GetEntry(path) ?? _archive.GetEntry(path.Replace('/', '\\'));
        if (source is null)
            return null;
        using Stream compressed = source.Open();
        return new Entry(this, path, compressed);
    }

    protected override void OnDispose(Entry ent) { }
}
