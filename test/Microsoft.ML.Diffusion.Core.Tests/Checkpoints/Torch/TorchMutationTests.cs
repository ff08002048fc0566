namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

[TestClass]
public class TorchMutationTests
{
    [TestMethod]
    [DataRow("zip.bin")]
    [DataRow("stream.bin")]
    [DataRow("protocol4.bin")]
    [DataRow("protocol5.bin")]
    [DataRow("objects.bin")]
    public void Mutated_files_open_or_are_refused(string name)
    {
        TorchMutants.Counts counts = TorchMutants.Run(TorchFixtures.Read(name), count: 200, seed: 20260101);
        Assert.IsInRange(200 / 4, 199, counts.Refused);
        Assert.IsLessThan(TimeSpan.FromSeconds(5), counts.Longest);
    }
}
