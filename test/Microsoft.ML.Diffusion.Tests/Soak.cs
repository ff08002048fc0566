namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Counts that are small in every test run, and full where the environment variable DIFFUSION_ML_SOAK is 1.</summary>
internal static class Soak
{
    public static bool IsFull => Environment.GetEnvironmentVariable("DIFFUSION_ML_SOAK") == "1";

    public static int Count(int usual, int full) => IsFull ? full : usual;
}
