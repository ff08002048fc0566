using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Contexts of those tests that any engine passes: here on libtorch's CPU.</summary>
internal static class Contexts
{
    static Contexts() => GpuEngines.Register("TorchSharp", device => device switch
    {
        0 => TestEngine.Shared,
        1 => TestEngine.Create(Precision.BFloat16),
        _ => throw new NotSupportedException($"There is no device {device}."),
    });

    /// <summary>No outputs of another engine are expected bit for bit.</summary>
    public static string InstructionSet => "libtorch";

    public static bool CanQuantize => false;

    public static MLContext Create(int? seed = null) => new(seed) { GpuDeviceId = 0, FallbackToCpu = false };

    public static MLContext CreateInBFloat16(int? seed = null) => new(seed) { GpuDeviceId = 1, FallbackToCpu = false };

    /// <summary>Fails where the scores of a row in two batches differ by more than rounding: libtorch chooses kernels by shape.</summary>
    public static void AssertSameInAnyBatch(float[] expected, float[] actual, string what = "")
    {
        Assert.HasCount(expected.Length, actual, what);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], 1e-6f, what);
    }
}
