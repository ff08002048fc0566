using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// A training's lock on a directory of snapshots. The directory is created if missing, and removed again if nothing was written. A killed
/// process holds no lock.
/// </summary>
internal sealed class SnapshotsLock : IDisposable
{
    private const string Name = ".training.lock";
    private readonly NewFolders _folders;
    private readonly FileLock _lock;

    private SnapshotsLock(NewFolders folders, FileLock held) => (_folders, _lock) = (folders, held);

    /// <summary>Locks a directory.</summary>
    /// <exception cref="CheckpointException">Another training has locked it, or it cannot be created.</exception>
    public static SnapshotsLock Take(string directory)
    {
        directory = Path.GetFullPath(directory);
        NewFolders? folders = null;
        FileLock? held = null;
        try
        {
            WriteGuard.Run(directory, directory, () =>
            {
                folders = new NewFolders(directory);
                held = FileLock.TryTake(Path.Combine(directory, Name));
            });
        }
        finally
        {
            if (held is null)
                folders?.Dispose();
        }
        return held is not null ? new SnapshotsLock(folders!, held)
            : throw new CheckpointException(
                $"Another training, of this process or another, uses the CheckpointDirectory '{directory}'. Wait until it has finished, " +
                "or set another directory.");
    }

    public void Dispose()
    {
        _lock.Dispose();
        _folders.Dispose();
    }
}
