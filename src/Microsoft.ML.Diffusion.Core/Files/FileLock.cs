using System.Diagnostics;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Files;

/// <summary>
/// A lock between processes, and between threads of one process, on a file of its own: an advisory flock on Unix, an exclusive handle on
/// Windows. The system releases it when a process ends, for whatever reason. The file is deleted with the lock; one left by a killed
/// process locks nothing, and the next holder takes it over.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int MillisecondsBetweenTries = 20, MostOpenings = 8, LongestMark = 1 << 16;
    private readonly FileStream _file;
    private readonly string _path;

    private FileLock(FileStream file, string path) => (_file, _path) = (file, path);

    /// <summary>How long a writer waits for another one.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Takes the lock, or returns null if another holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        for (int opening = 1; opening <= MostOpenings; opening++)
        {
            FileStream file;
            try
            {
                file = new FileStream(
                    path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0,
                    OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
            }
            catch (IOException exception) when (exception.HResult == HeldByAnother)
            {
                return null;
            }
            catch (UnauthorizedAccessException) when (OperatingSystem.IsWindows() && opening < MostOpenings)
            {
                // Windows reports this for a file that is deleted with its last handle; if there is no file, the directory is not writable.
                if (File.Exists(path))
                    return null;
                continue;
            }
            bool isHeld = false;
            try
            {
                if (OperatingSystem.IsWindows() || IsAt(path, file))
                {
                    isHeld = true;
                    return new FileLock(file, path);
                }
            }
            finally
            {
                if (!isHeld)
                    file.Dispose();
            }
        }
        // Other holders took and removed it each time.
        return null;
    }

    /// <summary>Takes the lock, waiting for another writer of the target to finish.</summary>
    /// <exception cref="CheckpointException">The other writer has not finished within the time limit.</exception>
    public static FileLock ToWrite(string target, string path, TimeSpan patience, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryTake(path) is FileLock held)
                return held;
            if (Stopwatch.GetElapsedTime(start) >= patience)
                throw new CheckpointException(
                    $"'{target}' is being written by another process or thread, which has not finished within {patience.TotalMinutes:0.#} " +
                    "minutes. Wait until it has finished, or choose another name.");
            cancellationToken.WaitHandle.WaitOne(MillisecondsBetweenTries);
        }
    }

    public void Dispose()
    {
        // Still locked here, so no other process can have taken the file, and it is safe to remove.
        if (!OperatingSystem.IsWindows())
            WriteGuard.TryDeleteFile(_path);
        _file.Dispose();
    }

    private static int HeldByAnother =>
        OperatingSystem.IsWindows() ? unchecked((int)0x80070020) // ERROR_SHARING_VIOLATION
        : OperatingSystem.IsLinux() ? 11 // EWOULDBLOCK
        : 35; // EWOULDBLOCK of the BSDs

    /// <summary>
    /// Whether the file that was opened and locked is still the one at the path. In between, its former holder may have removed it; the
    /// next one then creates and locks another. The two are distinguished by a length: anyone with write permission, owner or not, may set
    /// it, it takes no space where files are sparse, and it can be read without a lock. Two lengths in a row, since another file may happen
    /// to have one of them.
    /// </summary>
    private static bool IsAt(string path, FileStream file)
    {
        return HasMark() && HasMark();

        bool HasMark()
        {
            int mark = Random.Shared.Next(LongestMark) + 1;
            file.SetLength(mark);
            var there = new FileInfo(path);
            return there.Exists && there.Length == mark;
        }
    }
}
