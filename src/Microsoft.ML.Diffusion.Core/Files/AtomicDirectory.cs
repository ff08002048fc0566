using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>Writes the files of a directory so that they appear together or not at all, whatever goes wrong and whenever a process is killed.</summary>
/// <remarks>
/// <para>
/// Where the directory does not exist, its files are written beside it, to <c>.name.writing</c>, and one rename makes it. Where it exists,
/// they are written to <c>.writing</c> in it, and one rename there decides that they are its files, before they are put in their places
/// (<see cref="DirectoryReplacement"/>). A process killed between leaves the rest to the next reader (<see cref="ModelFiles.FromDirectory"/>,
/// a tokenizer) or writer, who first ends what it began. Only the files that were written replace their namesakes, and those named as
/// superseded go; every other file stays where it is, and so does the directory, with its owner, rights and links to it.
/// </para>
/// <para>Writers of one directory, in one process or several, wait for one another. What a killed one left goes with the next writing.</para>
/// </remarks>
internal static class AtomicDirectory
{
    /// <summary>Writes files into a directory.</summary>
    /// <param name="directory">The directory; folders on the way are made.</param>
    /// <param name="write">Writes files into the directory it is given. What it throws comes through, but for errors of the file system.</param>
    /// <param name="cancellationToken">Looked at before <paramref name="write"/> and before the files are put in place, and while waiting for another writer.</param>
    /// <param name="superseded">Names of files which, unless written anew, would contradict the new ones and are removed: an old tokenizer, an old index of shards.</param>
    /// <exception cref="CheckpointException">The directory cannot be made, or its files cannot be written or replaced.</exception>
    public static void Write(string directory, Action<string> write, CancellationToken cancellationToken = default, params IEnumerable<string> superseded)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(superseded);
        cancellationToken.ThrowIfCancellationRequested();
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (Path.GetDirectoryName(directory) is null && !Directory.Exists(directory))
            throw new CheckpointException($"There is no disk '{directory}'; expected a directory, or a name that is free. Choose another name.");
        if (File.Exists(directory))
            throw new CheckpointException($"'{directory}' is a file; expected a directory, or a name that is free. Choose another name or remove the file.");
        if (!TryMake(directory, write, cancellationToken))
            Replace(directory, write, superseded, cancellationToken);
        CleanBeside(directory);
    }

    /// <summary>Ends, for a reader, a writing that was interrupted when its files were ready.</summary>
    /// <exception cref="CheckpointException">It cannot be ended here.</exception>
    public static void Complete(string directory)
    {
        var replacement = new DirectoryReplacement(directory);
        if (!replacement.IsUnderWay)
            return;
        try
        {
            using FileLock held = FileLock.ToWrite(directory, replacement.Lock, FileLock.Patience, CancellationToken.None);
            replacement.Recover();
        }
        catch (Exception exception) when (WriteGuard.IsOfTheSystem(exception))
        {
            throw new CheckpointException($"Writing '{directory}' was interrupted, and its new files cannot be put in place: {exception.Message} Open it once where it can be written, or write it anew.", exception);
        }
    }

    /// <summary>Writes a directory that does not exist; false where there is one.</summary>
    private static bool TryMake(string directory, Action<string> write, CancellationToken cancellationToken)
    {
        if (Directory.Exists(directory))
            return false;
        bool made = false;
        string place = WriteGuard.PlaceFor(directory);
        WriteGuard.Run(directory, place, () =>
        {
            using var folders = new NewFolders(Path.GetDirectoryName(directory)!);
            using FileLock held = FileLock.ToWrite(directory, WriteGuard.LockFor(place), FileLock.Patience, cancellationToken);
            if (Directory.Exists(directory))
                return; // another writer made it meanwhile
            WriteGuard.TryDeleteDirectory(place);
            try
            {
                Directory.CreateDirectory(place);
                write(place);
                WriteGuard.FlushAll(place);
                cancellationToken.ThrowIfCancellationRequested();
                WriteGuard.MoveDirectory(place, directory);
                folders.Keep();
                made = true;
            }
            finally
            {
                WriteGuard.TryDeleteDirectory(place);
            }
        });
        return made;
    }

    private static void Replace(string directory, Action<string> write, IEnumerable<string> superseded, CancellationToken cancellationToken)
    {
        var replacement = new DirectoryReplacement(directory);
        WriteGuard.Run(directory, replacement.New, () =>
        {
            using FileLock held = FileLock.ToWrite(directory, replacement.Lock, FileLock.Patience, cancellationToken);
            try
            {
                replacement.Begin();
                write(replacement.New);
                cancellationToken.ThrowIfCancellationRequested();
                replacement.Commit(superseded);
            }
            finally
            {
                replacement.Remove();
            }
        });
    }

    /// <summary>Removes, if that can be, what was left beside a directory by a process killed when it was first to be written.</summary>
    private static void CleanBeside(string directory)
    {
        if (Path.GetDirectoryName(directory) is null)
            return;
        string place = WriteGuard.PlaceFor(directory), lockFile = WriteGuard.LockFor(place);
        if (!Directory.Exists(place) && !File.Exists(lockFile))
            return;
        try
        {
            using FileLock? held = FileLock.TryTake(lockFile);
            if (held is not null)
                WriteGuard.TryDeleteDirectory(place);
        }
        catch (Exception exception) when (WriteGuard.IsOfTheSystem(exception))
        {
            // Not ours to remove; the directory is written.
        }
    }
}
