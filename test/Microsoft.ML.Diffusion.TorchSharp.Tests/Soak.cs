namespace Microsoft.ML.Diffusion.Tests;

/// <summary>How often: what does not depend on the engine is tried often in the tests of the CPU engine.</summary>
internal static class Soak
{
    public static bool IsFull => false;

    public static int Count(int few, int many) => Math.Min(Math.Max(few / 20, 2), many);
}
