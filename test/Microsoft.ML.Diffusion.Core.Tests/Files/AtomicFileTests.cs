using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;
using Microsoft.ML.Diffusion.Tests.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Files;

[TestClass]
public class AtomicFileTests
{
    [TestMethod]
    public void A_file_appears_only_when_it_is_whole_and_replaces_the_old_one()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["a.txt"];
        AtomicFile.WriteAllText(path, "first");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes("second"));
            stream.Flush();
            Assert.AreEqual("first", File.ReadAllText(path));
        });
        Assert.AreEqual("second", File.ReadAllText(path));
        CollectionAssert.AreEqual(new[] { "a.txt" }, directory.Listing());
    }

    [TestMethod]
    public void A_file_that_is_mapped_can_be_written_anew_on_Unix()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("Windows refuses to replace a mapped file.");
        using var directory = new TemporaryDirectory();
        string path = directory["m.safetensors"];
        SafeTensorsWriter.Write(path, [TensorToWrite.FromMemory("t", [1], ElementType.Float32, new[] { 1f })]);
        using SafeTensorsReader old = SafeTensorsReader.Open(path);
        SafeTensorsWriter.Write(path, [TensorToWrite.FromMemory("t", [1], ElementType.Float32, new[] { 2f })]);
        using SafeTensorsReader anew = SafeTensorsReader.Open(path);
        Assert.AreEqual(1f, old.ReadArray("t", 1)[0]);
        Assert.AreEqual(2f, anew.ReadArray("t", 1)[0]);
    }

    [TestMethod]
    public void A_canceled_token_stops_before_and_after_the_content()
    {
        using var directory = new TemporaryDirectory();
        Assert.ThrowsExactly<OperationCanceledException>(
            () => AtomicFile.Write(directory["a"], _ => Assert.Fail(), new CancellationToken(true)));
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(
            () => AtomicFile.Write(directory["b/c"], _ => cancellation.Cancel(), cancellation.Token));
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void A_place_that_cannot_be_written_is_named()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["taken/inside"]);
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicFile.WriteAllText(directory["taken"], "x"));
        SafeTensorsBytes.AssertExplains(exception, directory["taken"], "it is a directory");
        File.WriteAllText(directory["file"], "");
        exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicFile.WriteAllText(directory["file/below"], "x"));
        SafeTensorsBytes.AssertExplains(exception, directory["file"], "cannot be written");
        CollectionAssert.AreEqual(new[] { "file", "taken", "taken/inside" }, directory.Listing());
    }

    [TestMethod]
    public void What_a_killed_process_left_goes_with_the_next_writing()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory[".a.txt.writing"], "half");
        File.WriteAllText(directory[".a.txt.writing.lock"], "");
        AtomicFile.WriteAllText(directory["a.txt"], "whole");
        CollectionAssert.AreEqual(new[] { "a.txt" }, directory.Listing());
    }

    [TestMethod]
    public void A_full_disk_is_an_error_that_names_the_file()
    {
        if (!File.Exists("/dev/full"))
            Assert.Inconclusive("skipped: there is no /dev/full here, a disk that is always full.");
        using var directory = new TemporaryDirectory();
        AtomicFile.WriteAllText(directory["a.txt"], "old");
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicFile.Write(directory["a.txt"], _ =>
        {
            using FileStream full = File.OpenWrite("/dev/full");
            full.WriteByte(1);
        }));
        SafeTensorsBytes.AssertExplains(exception, directory["a.txt"], "cannot be written");
        Assert.AreEqual("old", File.ReadAllText(directory["a.txt"]));
        CollectionAssert.AreEqual(new[] { "a.txt" }, directory.Listing());
    }

    [TestMethod]
    public void Writers_of_one_file_wait_for_one_another()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["a.txt"];
        int writing = 0;
        Parallel.For(0, 8, i => AtomicFile.Write(path, stream =>
        {
            Assert.AreEqual(1, Interlocked.Increment(ref writing));
            stream.WriteByte((byte)i);
            Interlocked.Decrement(ref writing);
        }));
        Assert.AreEqual(1, new FileInfo(path).Length);
        CollectionAssert.AreEqual(new[] { "a.txt" }, directory.Listing());
    }
}
