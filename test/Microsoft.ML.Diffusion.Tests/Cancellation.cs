using System.Reflection;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>Cancels a context as AutoML and tools do; ML.NET keeps the method to itself.</summary>
internal static class Cancellation
{
    public static void Request(MLContext mlContext) =>
        typeof(MLContext)
            .GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)!.Invoke(mlContext, null);
}
