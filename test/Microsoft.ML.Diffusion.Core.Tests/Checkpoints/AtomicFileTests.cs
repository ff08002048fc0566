using System.Text;
using Microsoft.ML.Diffusion.Checkpoints;

namespace Microsoft.ML.Diffusion.Tests.Checkpoints;

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
    public void A_cancelled_token_stops_before_and_after_the_content()
    {
        using var directory = new TemporaryDirectory();
        Assert.ThrowsExactly<OperationCanceledException>(() => AtomicFile.Write(directory["a"], _ => Assert.Fail(), new CancellationToken(true)));
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => AtomicFile.Write(directory["b/c"], _ => cancellation.Cancel(), cancellation.Token));
        Assert.IsEmpty(directory.Listing());
    }

    [TestMethod]
    public void A_place_that_cannot_be_written_is_named()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["taken/inside"]);
        CheckpointException exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicFile.WriteAllText(directory["taken"], "x"));
        SafeTensorsBytes.AssertTeaches(exception, directory["taken"], "a directory stands there");
        File.WriteAllText(directory["file"], "");
        exception = Assert.ThrowsExactly<CheckpointException>(() => AtomicFile.WriteAllText(directory["file/below"], "x"));
        SafeTensorsBytes.AssertTeaches(exception, directory["file"], "cannot be written");
        CollectionAssert.AreEqual(new[] { "file", "taken", "taken/inside" }, directory.Listing());
    }
}
