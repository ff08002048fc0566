namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Writes a file so that it appears whole or not at all: beside its place under a temporary name, flushed to the disk, then renamed.
/// Whatever goes wrong (an exception, a cancellation), the temporary file and the folders made for it are removed and a file that
/// stood there before stays as it was. A process that is killed may leave a file <c>.name.*.tmp</c> behind, never a partial one of
/// the true name. A link in the file's place is replaced, not followed. The folder's own entry is not flushed: after a power cut
/// either the old or the new file is there.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file; one that exists is replaced.</summary>
    /// <param name="path">The file; folders on the way are made.</param>
    /// <param name="write">Writes the content. What it throws comes through.</param>
    /// <param name="cancellationToken">Looked at before and after <paramref name="write"/>.</param>
    /// <exception cref="CheckpointException">The file cannot be made or replaced.</exception>
    public static void Write(string path, Action<Stream> write, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        cancellationToken.ThrowIfCancellationRequested();
        path = Path.GetFullPath(path);
        string temporary = TemporaryName(path);
        using var folders = new NewFolders(Path.GetDirectoryName(path)!);
        try
        {
            using (FileStream stream = Guard(path, () => new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16)))
            {
                write(stream);
                Guard(path, () => stream.Flush(flushToDisk: true));
            }
            cancellationToken.ThrowIfCancellationRequested();
            Guard(path, () => File.Move(temporary, path, overwrite: true));
            folders.Keep();
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Writes text in UTF-8, without a byte order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream}, CancellationToken)"/>
    public static void WriteAllText(string path, string text, CancellationToken cancellationToken = default) =>
        Write(path, stream => stream.Write(new System.Text.UTF8Encoding(false).GetBytes(text)), cancellationToken);

    /// <summary>A name beside <paramref name="path"/> that nothing else has.</summary>
    internal static string TemporaryName(string path) =>
        Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");

    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The error that led here says more than this one.
        }
    }

    internal static void Guard(string path, Action action) => Guard(path, () =>
    {
        action();
        return 0;
    });

    internal static T Guard<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is (IOException and not CheckpointException) or UnauthorizedAccessException)
        {
            string found = Directory.Exists(path) && !File.Exists(path) ? "a directory stands there" : exception.Message;
            throw new CheckpointException($"'{path}' cannot be written: {found}. Expected a place that can be written, with enough free space, whose files no other program holds open.", exception);
        }
    }

    /// <summary>Makes a folder and those above it; unless kept, those that were made and are empty are removed again.</summary>
    internal sealed class NewFolders : IDisposable
    {
        private readonly List<string> _made = []; // the innermost first

        public NewFolders(string folder)
        {
            for (string? missing = folder; missing is not null && !Directory.Exists(missing); missing = Path.GetDirectoryName(missing))
                _made.Add(missing);
            Guard(folder, () => Directory.CreateDirectory(folder));
        }

        public void Keep() => _made.Clear();

        public void Dispose()
        {
            foreach (string folder in _made)
            {
                try
                {
                    Directory.Delete(folder);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // Not empty, or not ours to remove.
                    break;
                }
            }
        }
    }
}
