using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Contexts of those tests that any engine passes: here on libtorch's CPU.</summary>
internal static class Contexts
{
    /// <summary>No outputs of another engine are expected bit for bit.</summary>
    public static string InstructionSet => "libtorch";

    public static bool CanQuantize => false;

    public static MLContext Create(int? seed = null) => Create(seed, Precision.Float32);

    /// <summary>Another precision becomes that of every context of the process, so no other test may run meanwhile.</summary>
    public static MLContext Create(int? seed, Precision precision)
    {
        var mlContext = new MLContext(seed) { FallbackToCpu = false };
        mlContext.UseTorchSharp(new TorchSharpOptions { Device = "cpu", Precision = precision });
        return mlContext;
    }

    /// <summary>Fails where the scores of a row in two batches differ by more than rounding: libtorch chooses kernels by shape.</summary>
    public static void AssertSameInAnyBatch(float[] expected, float[] actual, string what = "")
    {
        Assert.HasCount(expected.Length, actual, what);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-6f, what);
    }
}
