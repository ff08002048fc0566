using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Files;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

/// <summary>Within one process; between two see SnapshotsLockTests.</summary>
[TestClass]
public sealed class FileLockTests
{
    [TestMethod]
    public void One_at_a_time_holds_it_and_nothing_is_left()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["a.lock"];
        File.WriteAllText(path, "a killed process left this");
        using (FileLock? held = FileLock.TryTake(path))
        {
            Assert.IsNotNull(held);
            Assert.IsNull(FileLock.TryTake(path));
            Task.Run(() => Assert.IsNull(FileLock.TryTake(path))).Wait();
        }
        Assert.IsEmpty(directory.Listing());
        FileLock.TryTake(path)!.Dispose();
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void Waiting_fails_when_patience_ends_or_it_is_canceled()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["model.lock"];
        using FileLock? held = FileLock.TryTake(path);
        CheckpointException exception =
            Assert.ThrowsExactly<CheckpointException>(() => FileLock.ToWrite(directory["model"], path, TimeSpan.Zero,
                CancellationToken.None));
        SafeTensorsBytes.AssertExplains(exception, directory["model"], "is being written by another process or thread");
        Assert.ThrowsExactly<OperationCanceledException>(
            () => FileLock.ToWrite(directory["model"], path, FileLock.Patience, new CancellationToken(true)));
    }

    /// <summary>Neither its owner nor the right to remove it matters.</summary>
    [TestMethod]
    public void One_that_another_user_left_is_taken_over()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["a.lock"];
        File.WriteAllText(path, "");
        FileLock.TryTake(path)!.Dispose(); // what it needs is loaded, and compiled
        File.WriteAllText(path, "another's");
        if (!OtherUser.MayEnter(directory.Path, path))
            Assert.Inconclusive("skipped: One_that_another_user_left, which needs Linux and root, to be another user.");
        OtherUser.Run(() =>
        {
            using FileLock? held = FileLock.TryTake(path);
            Assert.IsNotNull(held);
            Assert.IsNull(FileLock.TryTake(path));
        });
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void One_that_cannot_be_made_is_an_error()
    {
        using var directory = new TemporaryDirectory();
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => FileLock.TryTake(directory["none/a.lock"]));
        Directory.CreateDirectory(directory["a.lock"]);
        Assert.ThrowsExactly<UnauthorizedAccessException>(() => FileLock.TryTake(directory["a.lock"]));
    }

    /// <summary>Also where the file goes while another is about to lock it.</summary>
    [TestMethod]
    public void Threads_that_vie_for_it_hold_it_one_after_another()
    {
        using var directory = new TemporaryDirectory();
        int holding = 0, taken = 0;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 500; i++)
            {
                using FileLock? held = FileLock.TryTake(directory["a.lock"]);
                if (held is null)
                    continue;
                Assert.AreEqual(1, Interlocked.Increment(ref holding));
                taken++;
                Interlocked.Decrement(ref holding);
            }
        });
        Assert.IsGreaterThan(0, taken);
        Assert.IsEmpty(directory.Listing());
    }
}
