using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;

namespace Microsoft.ML.Diffusion.Training;

/// <summary>
/// One training's hold on a directory of snapshots, which is made where it is missing and removed again where nothing was written. A
/// process that is killed holds nothing.
/// </summary>
internal sealed class SnapshotsLock : IDisposable
{
    private const string Name = ".training.lock";
    private readonly NewFolders _folders;
    private readonly FileLock _lock;

    private SnapshotsLock(NewFolders folders, FileLock held) => (_folders, _lock) = (folders, held);

    /// <summary>Takes hold of a directory.</summary>
    /// <exception cref="CheckpointException">Another training holds it, or it cannot be made.</exception>
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
            : throw new CheckpointException($"Another training, of this process or another, uses the CheckpointDirectory '{directory}': wait until it has ended, or name another directory.");
    }

    public void Dispose()
    {
        _lock.Dispose();
        _folders.Dispose();
    }
}
