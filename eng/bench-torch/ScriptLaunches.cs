namespace Microsoft.ML.Diffusion.BenchTorch;

/// <summary>
/// The kernels that the engine's scripts start in one layer of BERT in float32, counted in their text; those that draw dropout are not
/// among them.
/// </summary>
internal static class ScriptLaunches
{
    /// <summary>Two normalizations with their sums, and attention.</summary>
    public static int Forward(bool isFused) => 2 * 2 + (isFused ? 1 : 14);

    /// <summary>Four linear layers, two normalizations, one activation, and attention.</summary>
    public static int Backward(bool isFused) => 4 * 4 + 2 * 3 + 1 + (isFused ? 3 : 18);
}
