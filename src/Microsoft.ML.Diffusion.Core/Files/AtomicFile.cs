using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Writes a file so that it appears whole or not at all: beside its place as <c>.name.writing</c>, flushed to the disk, then renamed. After
/// an exception or a cancellation that file and the folders created for it are removed, and an existing file is unchanged. A killed process
/// never leaves a partial file of the final name; what it leaves is removed by the next write. Writers of one file, in one process or
/// several, wait for one another. A link at the path is replaced, not followed. The folder's own entry is not flushed: after a power
/// failure either the old or the new file is there.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file; an existing one is replaced.</summary>
    /// <param name="path">The file; missing parent directories are created.</param>
    /// <param name="write">Writes the content. Its exceptions are passed on, except file-system errors.</param>
    /// <param name="cancellationToken">Checked before and after <paramref name="write"/>, and while waiting for another writer.</param>
    /// <exception cref="CheckpointException">The file cannot be created, written or replaced.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        cancellationToken.ThrowIfCancellationRequested();
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new CheckpointException(
                $"'{path}' cannot be written: it is a directory. Expected a file, or an unused name. Choose another name.");
        string place = WriteGuard.PlaceFor(path);
        WriteGuard.Run(path, place, () =>
        {
            using var folders = new NewFolders(Path.GetDirectoryName(path)!);
            using FileLock held = FileLock.ToWrite(path, WriteGuard.LockFor(place), FileLock.Patience, cancellationToken);
            try
            {
                File.Delete(place);
                using (var stream = new FileStream(place, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
                {
                    write(stream);
                    stream.Flush(flushToDisk: true);
                }
                cancellationToken.ThrowIfCancellationRequested();
                File.Move(place, path, overwrite: true);
                folders.Keep();
            }
            catch
            {
                WriteGuard.TryDeleteFile(place);
                throw;
            }
        });
    }

    /// <summary>Writes text in UTF-8, without a byte order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream}, CancellationToken)"/>
    internal static void WriteAllText(string path, string text, CancellationToken cancellationToken = default) =>
        Write(path, stream => stream.Write(new System.Text.UTF8Encoding(false).GetBytes(text)), cancellationToken);
}
