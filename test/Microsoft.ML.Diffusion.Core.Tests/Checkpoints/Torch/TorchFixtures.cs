namespace Microsoft.ML.Diffusion.Tests.Checkpoints.Torch;

/// <summary>Files that PyTorch wrote; Fixtures/torch/make.py says how.</summary>
internal static class TorchFixtures
{
    public static string Path(string name) =>
        System.IO.Path.Combine(SharedData.RepositoryRoot, "test", "Microsoft.ML.Diffusion.Core.Tests", "Fixtures", "torch", name);

    public static byte[] Read(string name) => File.ReadAllBytes(Path(name));
}
