using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>The common part of writers of files and directories: the temporary place, and the translation of system errors.</summary>
internal static class WriteGuard
{
    private const int MostMoves = 10, MillisecondsBetweenMoves = 50;

    /// <summary>Where a file or directory is written before it gets its name: beside it, so that a rename suffices.</summary>
    public static string PlaceFor(string target) => Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.writing");

    /// <summary>The lock on such a place.</summary>
    public static string LockFor(string place) => place + ".lock";

    /// <summary>
    /// Writes a target through a temporary place; every system error, from whichever call, becomes one that names the target.
    /// </summary>
    /// <exception cref="CheckpointException">The target cannot be written.</exception>
    public static void Run(string target, string place, Action action)
    {
        try
        {
            action();
        }
        catch (CheckpointException exception) when (AtTarget(exception) != exception.Message)
        {
            throw new CheckpointException(AtTarget(exception), exception);
        }
        catch (Exception exception) when (IsOfTheSystem(exception))
        {
            string advice = NamesAnother(exception.Message, target, place)
                ? "Check that file or directory, which is not part of what is written."
                : "Expected a writable directory with enough free space, whose files are not open in another program.";
            throw new CheckpointException($"'{target}' cannot be written: {AtTarget(exception).TrimEnd('.')}. {advice}", exception);
        }

        // The place and its content; not its lock, which is beside it.
        string AtTarget(Exception exception) => exception.Message
            .Replace($"'{place}'", $"'{target}'", StringComparison.Ordinal)
            .Replace(place + Path.DirectorySeparatorChar, target + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    /// <summary>Whether the error comes from the system; this library's own errors already name the cause.</summary>
    public static bool IsOfTheSystem(Exception exception) =>
        exception is IOException or UnauthorizedAccessException && exception.GetType().Assembly == typeof(IOException).Assembly;

    /// <summary>
    /// Renames a directory. Windows refuses while a file in it is open, which virus scanners cause for a moment with new files; there it
    /// is retried.
    /// </summary>
    public static void MoveDirectory(string from, string to)
    {
        for (int move = 1; ; move++)
        {
            try
            {
                Directory.Move(from, to);
                return;
            }
            catch (Exception exception) when (OperatingSystem.IsWindows() && move < MostMoves && IsOfTheSystem(exception))
            {
                Thread.Sleep(MillisecondsBetweenMoves);
            }
        }
    }

    /// <summary>Removes a file if it exists and can be removed.</summary>
    public static void TryDeleteFile(string path) => Try(() => File.Delete(path));

    /// <summary>Removes a directory and its content if it exists and can be removed.</summary>
    public static void TryDeleteDirectory(string path)
    {
        if (Directory.Exists(path))
            Try(() => Directory.Delete(path, recursive: true));
    }

    /// <summary>Flushes every file below a directory to the disk.</summary>
    public static void FlushAll(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }
    }

    /// <summary>
    /// Whether a system error names a file that is neither the target, nor below or above it, nor the temporary place or its lock.
    /// </summary>
    private static bool NamesAnother(string message, string target, string place)
    {
        if (message.Contains(place, StringComparison.Ordinal) ||
            message.Contains(target + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return false;
        for (string? path = target; path is not null; path = Path.GetDirectoryName(path))
        {
            if (message.Contains($"'{path}'", StringComparison.Ordinal))
                return false;
        }
        return message.Split('\'').Any(Path.IsPathFullyQualified);
    }

    private static void Try(Action delete)
    {
        try
        {
            delete();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The target is already in place, or a more specific error is being thrown; the next writer tries again.
        }
    }
}
