using TorchSharp;

namespace Microsoft.ML.Diffusion.TorchSharp.Tests;

/// <summary>Skips every test where libtorch cannot be loaded.</summary>
[TestClass]
public static class LibtorchCheck
{
    [AssemblyInitialize]
    public static void Check(TestContext context)
    {
        try
        {
            TestEngine.UseOneThread();
            using torch.Tensor two = torch.ones(2).sum();
            Assert.AreEqual(2, two.item<float>());
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or NotSupportedException)
        {
            Assert.Inconclusive($"libtorch cannot be loaded on this machine: {exception.GetBaseException().Message}");
        }
    }
}
