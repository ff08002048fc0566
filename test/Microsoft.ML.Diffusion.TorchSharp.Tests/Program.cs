using Microsoft.ML.Diffusion.Tests.Training;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The assembly as a program: what tests start as child processes.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        TestEngine.UseOneThread();
        return Run(arguments);
    }

    private static int Run(string[] arguments) => arguments switch
    {
        ["train", string scenario, string directory] => Scenario.RunAsChild(scenario, directory),
        [FreshProcess.LoadCommand, .. string[] rest] => FreshProcess.LoadAsChild(rest),
        [FreshProcess.OutputsCommand, string directory] => FreshProcess.WriteOutputsAsChild(directory),
        _ => throw new ArgumentException($"The arguments are '{string.Join(' ', arguments)}'; expected what a test passes."),
    };
}
