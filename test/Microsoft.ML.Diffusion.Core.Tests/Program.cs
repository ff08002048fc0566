using Microsoft.ML.Diffusion.Tests.Training;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The assembly as a program: what tests start as child processes.</summary>
internal static class Program
{
    public static int Main(string[] arguments) => arguments is ["train", string scenario, string directory] ? Scenario.RunAsChild(scenario, directory) : SimdProbe.Run();
}
