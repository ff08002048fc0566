using System.Diagnostics;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>
/// A lock that processes, and threads of one process, hold on a file of its own: an advisory flock on Unix, an exclusive handle on
/// Windows. The system takes it back when a process ends, however it ends. The file goes with the lock; one that a killed process
/// left locks nothing, and the next holder takes it over.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int MillisecondsBetweenTries = 20, MostOpenings = 8;
    private readonly FileStream _file;
    private readonly string _path;

    private FileLock(FileStream file, string path) => (_file, _path) = (file, path);

    /// <summary>How long a writer waits for another one.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Takes the lock, or gives null where another holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        for (int opening = 1; ; opening++)
        {
            FileStream file;
            try
            {
                file = new FileStream(
                    path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
            }
            catch (IOException exception) when (exception.HResult == HeldByAnother)
            {
                return null;
            }
            if (OperatingSystem.IsWindows() || IsAt(path, file) || opening == MostOpenings)
                return new FileLock(file, path);
            file.Dispose();
        }
    }

    /// <summary>Takes the lock, waiting for another writer of the target to end.</summary>
    /// <exception cref="CheckpointException">The other is still at it when patience ends.</exception>
    public static FileLock ToWrite(string target, string path, TimeSpan patience, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(path) is FileLock held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= patience)
                throw new CheckpointException($"'{target}' is being written by another process or thread, for more than {patience.TotalMinutes:0.#} minutes. Wait until it has ended, or choose another name.");
            cancellationToken.WaitHandle.WaitOne(MillisecondsBetweenTries);
        }
    }

    public void Dispose()
    {
        // While it is still locked: nobody else can have taken it, so it is ours to remove.
        if (!OperatingSystem.IsWindows())
            WriteGuard.TryDeleteFile(_path);
        _file.Dispose();
    }

    private static int HeldByAnother =>
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020) // ERROR_SHARING_VIOLATION
        : OperatingSystem.IsLinux() ? 11 // EWOULDBLOCK
        : 35; // EWOULDBLOCK of the BSDs

    /// <summary>
    /// Whether the file that was opened and locked is still the one at the path. Between the two its former holder may have removed it; the next
    /// one then makes and locks another. What tells them apart is a time of the last write: it needs no space and can be read without a lock.
    /// </summary>
    private static bool IsAt(string path, FileStream file)
    {
        DateTime mark = DateTime.UnixEpoch.AddSeconds(2L * Random.Shared.Next(1 << 30)); // the coarsest of file systems keep even seconds
        File.SetLastWriteTimeUtc(file.SafeFileHandle, mark);
        return File.GetLastWriteTimeUtc(path) == mark;
    }
}
