using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

[TestClass]
public class AtomicDirectoryTests
{
    [TestMethod]
    public void A_new_directory_appears_whole()
    {
        using var directory = new TemporaryDirectory();
        AtomicDirectory.Write(directory["deep/model"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "config.json"), "{}");
            Assert.IsFalse(Directory.Exists(directory["deep/model"]));
            Directory.CreateDirectory(Path.Combine(temporary, "1_Pooling"));
            File.WriteAllText(Path.Combine(temporary, "1_Pooling/config.json"), "{}");
        });
        CollectionAssert.AreEqual(new[] { "deep", "deep/model", "deep/model/1_Pooling", "deep/model/1_Pooling/config.json", "deep/model/config.json" }, directory.Listing());
    }

    [TestMethod]
    public void In_one_that_exists_only_what_was_written_or_superseded_changes()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["model"]);
        File.WriteAllText(directory["model/config.json"], "old");
        File.WriteAllText(directory["model/vocab.txt"], "old");
        File.WriteAllText(directory["model/README.md"], "mine");
        AtomicDirectory.Write(directory["model"] + Path.DirectorySeparatorChar, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "config.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "tokenizer.json"), "new");
        }, default, "vocab.txt", "tokenizer.json", "merges.txt");
        CollectionAssert.AreEqual(new[] { "model", "model/README.md", "model/config.json", "model/tokenizer.json" }, directory.Listing());
        Assert.AreEqual("new", File.ReadAllText(directory["model/config.json"]));
        Assert.AreEqual("mine", File.ReadAllText(directory["model/README.md"]));
    }

    [TestMethod]
    public void What_goes_wrong_leaves_everything_as_it_was()
    {
        using var directory = new TemporaryDirectory();
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicDirectory.Write(directory["x/new"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "half"), "half");
            throw new InvalidOperationException();
        }));
        Assert.ThrowsExactly<OperationCanceledException>(() => AtomicDirectory.Write(directory["x/new"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "half"), "half");
            cancellation.Cancel();
        }, cancellation.Token));
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void A_replacement_that_fails_midway_is_undone()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["model/z.json"]); // a directory where a file must go: the last rename fails
        File.WriteAllText(directory["model/a.json"], "old");
        File.WriteAllText(directory["model/gone.json"], "old");
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicDirectory.Write(directory["model"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "a.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "b.json"), "new");
            File.WriteAllText(Path.Combine(temporary, "z.json"), "new");
        }, default, "gone.json"));
        SafeTensorsBytes.AssertTeaches(exception, directory["model"], "cannot be written");
        CollectionAssert.AreEqual(new[] { "model", "model/a.json", "model/gone.json", "model/z.json" }, directory.Listing());
        Assert.AreEqual("old", File.ReadAllText(directory["model/a.json"]));
    }

    [TestMethod]
    public void A_file_in_the_directorys_place_is_not_touched()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["model"], "mine");
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicDirectory.Write(directory["model"], _ => Assert.Fail()));
        SafeTensorsBytes.AssertTeaches(exception, directory["model"], "is a file");
        CollectionAssert.AreEqual(new[] { "model" }, directory.Listing());
    }
}
