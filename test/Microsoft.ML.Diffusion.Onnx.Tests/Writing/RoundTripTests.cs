namespace Microsoft.ML.Diffusion.Tests.Writing;

/// <summary>A sample of what eng/onnx/roundtrip runs.</summary>
[TestClass]
public sealed class RoundTripTests
{
    [TestMethod]
    public void Random_configurations_are_computed_alike()
    {
        string directory = Directory.CreateTempSubdirectory("roundtrip").FullName;
        try
        {
            foreach (int seed in (int[])[1000, 1007, 1014, 1021, 1028, 1035])
            {
                (string description, double difference) = RoundTrip.Run(seed, Path.Combine(directory, "model.onnx"));
                Assert.IsLessThan(2e-5, difference, description);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
