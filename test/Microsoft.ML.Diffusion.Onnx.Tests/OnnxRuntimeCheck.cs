using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Skips every test where ONNX Runtime has no native library for this machine.</summary>
[TestClass]
public static class OnnxRuntimeCheck
{
    [AssemblyInitialize]
    public static void Check(TestContext context)
    {
        try
        {
            new SessionOptions().Dispose();
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or BadImageFormatException)
        {
            Assert.Inconclusive($"ONNX Runtime has no native library for this machine: {exception.GetBaseException().Message}");
        }
    }
}
