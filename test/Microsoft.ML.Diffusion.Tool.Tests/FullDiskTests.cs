using Microsoft.ML.Diffusion.Tests.Files;

namespace Microsoft.ML.Diffusion.Tool.Tests;

/// <summary>A disk without room: found out before the work where the size is known, and nothing is half-written where it is not.</summary>
[TestClass]
public sealed class FullDiskTests
{
    [TestMethod]
    public void A_full_disk_keeps_an_old_model_and_gets_no_half_of_a_new_one()
    {
        using SmallDisk? disk = SmallDisk.TryMount(mebibytes: 1);
        if (disk is null)
            Assert.Inconclusive("skipped: On_a_full_disk, which needs the right to mount a tmpfs.");
        using var folder = new TestFolder();
        string zip = folder.TrainClassifier();
        string old = Path.Combine(disk!.Path, "films.zip"), results = Path.Combine(disk.Path, "out.jsonl"),
            directory = Path.Combine(disk.Path, "films");
        File.WriteAllText(old, "an old model");
        Fill(free: 8 << 10);
        CommandRun.Fail(
            ["train", "classify", "--data", folder.Csv, "--label", "sentiment", "--text", "review", "--model", folder.Model,
                "--output", old],
            "free; expected", "for the model");
        CommandRun.Fail(["convert", "--input", zip, "--output", directory], "free; expected");

        // The size of a .zip says less than its directory needs, so the disk is full in the middle.
        Fill(free: new FileInfo(zip).Length + (12 << 10));
        CommandRun.Fail(["convert", "--input", zip, "--output", directory], "No space left");
        string many = folder.Write("many.csv", "text\n" + string.Concat(Enumerable.Repeat("the film was good and bad\n", 8000)));
        Fill(free: 64 << 10);
        CommandRun.Fail(["classify", "--model", zip, "--input", many, "--output", results], "No space left");
        Assert.AreEqual("an old model", File.ReadAllText(old));
        File.Delete(Path.Combine(disk.Path, "neighbor"));
        CollectionAssert.AreEqual(new[] { old }, Directory.GetFileSystemEntries(disk.Path));

        void Fill(long free)
        {
            string neighbor = Path.Combine(disk.Path, "neighbor");
            File.Delete(neighbor);
            File.WriteAllBytes(neighbor, new byte[new DriveInfo(disk.Path).AvailableFreeSpace - free]);
        }
    }
}
