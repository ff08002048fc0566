using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Writes a file so that it appears whole or not at all: beside its place as <c>.name.writing</c>, flushed to the disk, then renamed.
/// Whatever goes wrong (an exception, a cancellation), that file and the folders made for it are removed and a file that stood there
/// before stays as it was. What a killed process leaves, never a partial file of the true name, goes when the file is next written.
/// Writers of one file, in one process or several, wait for one another. A link in the file's place is replaced, not followed. The
/// folder's own entry is not flushed: after a power cut either the old or the new file is there.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file; one that exists is replaced.</summary>
    /// <param name="path">The file; folders on the way are made.</param>
    /// <param name="write">Writes the content. What it throws comes through, but for errors of the file system.</param>
    /// <param name="cancellationToken">Looked at before and after <paramref name="write"/>, and while waiting for another writer.</param>
    /// <exception cref="CheckpointException">The file cannot be made, written or replaced.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        cancellationToken.ThrowIfCancellationRequested();
        path = Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new CheckpointException($"'{path}' cannot be written: a directory stands there. Expected a file, or a name that is free. Choose another name.");
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
