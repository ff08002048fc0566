using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>
/// Contexts of those tests that any engine passes. The test project of another engine links them, and has its own class of this name.
/// </summary>
internal static class Contexts
{
    /// <summary>What the engine computes with: equal names give equal bits.</summary>
    public static string InstructionSet => CpuEngine.InstructionSet;

    /// <summary>Whether the engine supports 8-bit weights.</summary>
    public static bool CanQuantize => true;

    public static MLContext Create(int? seed = null) => new(seed);

    /// <summary>Fails where the scores of a row in two batches differ by a bit.</summary>
    public static void AssertSameInAnyBatch(float[] expected, float[] actual, string what = "") =>
        CollectionAssert.AreEqual(expected, actual, what);
}
