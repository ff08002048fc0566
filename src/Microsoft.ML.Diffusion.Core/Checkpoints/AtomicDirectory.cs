namespace Microsoft.ML.Diffusion.Checkpoints;

/// <summary>
/// Writes the files of a directory so that they appear together or not at all: into a temporary directory beside it, flushed to the
/// disk, then put in place by renaming.
/// </summary>
/// <remarks>
/// Where the directory does not exist, one rename makes it. Where it exists, only the files that were written replace their
/// namesakes (and those named as superseded go); every other file in it stays. The old files are set aside first and put back if
/// any rename fails. Whatever goes wrong, nothing partial stays behind. Only a process killed amid those renames, which take
/// milliseconds, leaves a mixture; the files set aside are then in the sibling <c>.name.*.tmp/old</c>.
/// </remarks>
public static class AtomicDirectory
{
    /// <summary>Writes files into a directory.</summary>
    /// <param name="directory">The directory; folders on the way are made.</param>
    /// <param name="write">Writes files into the directory it is given. What it throws comes through.</param>
    /// <param name="cancellationToken">Looked at before <paramref name="write"/> and before the files are put in place.</param>
    /// <param name="superseded">Names of files which, unless written anew, would contradict the new ones and are removed: an old tokenizer, an old index of shards.</param>
    /// <exception cref="CheckpointException">The directory cannot be made or its files cannot be replaced.</exception>
    public static void Write(string directory, Action<string> write, CancellationToken cancellationToken = default, params IEnumerable<string> superseded)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(superseded);
        cancellationToken.ThrowIfCancellationRequested();
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        string parent = Path.GetDirectoryName(directory) ?? throw new ArgumentException($"'{directory}' is the root of a disk; expected a directory in it.", nameof(directory));
        if (File.Exists(directory))
            throw new CheckpointException($"'{directory}' is a file; expected a directory, or a name that is free. Choose another name or remove the file.");
        string temporary = AtomicFile.TemporaryName(directory);
        using var folders = new AtomicFile.NewFolders(parent);
        try
        {
            string written = Path.Combine(temporary, "new");
            AtomicFile.Guard(directory, () => Directory.CreateDirectory(written));
            write(written);
            AtomicFile.Guard(directory, () => FlushAll(written));
            cancellationToken.ThrowIfCancellationRequested();
            if (Directory.Exists(directory))
                AtomicFile.Guard(directory, () => Replace(directory, written, Path.Combine(temporary, "old"), superseded));
            else
                AtomicFile.Guard(directory, () => Directory.Move(written, directory));
            folders.Keep();
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    private static void FlushAll(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
    }

    private static void Replace(string directory, string written, string old, IEnumerable<string> superseded)
    {
        string[] names = [.. Directory.EnumerateFiles(written, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(written, file))];
        var done = new Stack<(string From, string To)>();
        try
        {
            foreach (string name in names.Union(superseded))
            {
                if (File.Exists(Path.Combine(directory, name)))
                    Move(Path.Combine(directory, name), Path.Combine(old, name));
            }
            foreach (string name in names)
                Move(Path.Combine(written, name), Path.Combine(directory, name));
        }
        catch
        {
            while (done.TryPop(out (string From, string To) move))
                File.Move(move.To, move.From);
            throw;
        }

        void Move(string from, string to)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Move(from, to);
            done.Push((from, to));
        }
    }

    private static void TryDelete(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The files are in place, or an error that says more is under way.
        }
    }
}
