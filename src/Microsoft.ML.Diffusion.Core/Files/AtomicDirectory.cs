using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>
/// Writes the files of a directory so that they appear together or not at all, even if an error occurs or the process is killed.
/// </summary>
/// <remarks>
/// <para>
/// If the directory does not exist, its files are written beside it, to <c>.name.writing</c>, and one rename creates it. If it exists, they
/// are written to <c>.writing</c> in it; one rename there commits them before they are moved into place
/// (<see cref="DirectoryReplacement"/>). If a process is killed in between, the next reader (<see cref="ModelFiles.FromDirectory"/>, a
/// tokenizer) or writer completes its work first. The new files replace those of the same name, and files listed as superseded are removed.
/// All other files stay, and so does the directory, with its owner, permissions and links.
/// </para>
/// <para>Writers of one directory, in one process or several, wait for one another. Files left by a killed writer are removed by the next
/// one.</para>
/// </remarks>
internal static class AtomicDirectory
{
    /// <summary>Writes files into a directory.</summary>
    /// <param name="directory">The directory; missing parent directories are created.</param>
    /// <param name="write">Writes files into the directory that it is given. Its exceptions are passed on, except file-system
    /// errors.</param>
    /// <param name="cancellationToken">Checked before <paramref name="write"/>, before the files are moved into place, and while waiting
    /// for another writer.</param>
    /// <param name="superseded">Names of files that would contradict the new ones and are removed unless written again, such as an old
    /// tokenizer or an old index of shards.</param>
    /// <exception cref="CheckpointException">The directory cannot be created, or its files cannot be written or replaced.</exception>
    public static void Write(string directory, Action<string> write, CancellationToken cancellationToken = default,
        params IEnumerable<string> superseded)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(superseded);
        cancellationToken.ThrowIfCancellationRequested();
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (Path.GetDirectoryName(directory) is null && !Directory.Exists(directory))
            throw new CheckpointException($"There is no disk '{directory}'; expected a directory, or an unused name. Choose another name.");
        if (File.Exists(directory))
            throw new CheckpointException(
                $"'{directory}' is a file; expected a directory, or an unused name. Choose another name or remove the file.");
        if (!TryMake(directory, write, cancellationToken))
            Replace(directory, write, superseded, cancellationToken);
        CleanBeside(directory);
    }

    /// <summary>Completes, for a reader, a write that was interrupted after its files were committed.</summary>
    /// <exception cref="CheckpointException">It cannot be completed here.</exception>
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
            throw new CheckpointException(
                $"Writing '{directory}' was interrupted, and its new files cannot be moved into place: {exception.Message} Open the " +
                "directory once with write permission, or write it again.", exception);
        }
    }

    /// <summary>Writes a directory that does not exist; false if it exists.</summary>
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
                return; // another writer has created it
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

    /// <summary>Removes, if possible, the files beside a directory that a process left when it was killed during the first write.</summary>
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
            // Cannot be removed by this user; the directory itself is written.
        }
    }
}
