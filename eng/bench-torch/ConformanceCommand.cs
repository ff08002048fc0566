using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>conformance</c>: the suite that every engine passes, on the device.</summary>
internal static class ConformanceCommand
{
    public static Command Create()
    {
        var command = new Command("conformance", "The suite that every engine passes.");
        var options = new DeviceOptions(command);
        command.SetAction(result => Run(options.Open(result).Engine).Failed == 0 ? 0 : 1);
        return command;
    }

    /// <summary>Runs all cases and returns how many passed and failed.</summary>
    public static (int Passed, int Failed) Run(TorchSharpEngine opened)
    {
        int passed = 0, failed = 0;
        foreach (ConformanceCase value in ConformanceSuite.Cases)
        {
            try
            {
                ConformanceSuite.Run(value, () => new TorchSharpEngine(opened.Device, opened.Precision) { DrawsTokens = true },
                    TorchSharpPromises.Of(opened));
                passed++;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                failed++;
                JsonLine.Write("failed", ("case", value.Name), ("problem", exception.Message.Split('\n')[0]));
            }
        }
        JsonLine.Write("conformance", ("engine", opened.Name), ("passed", passed), ("failed", failed));
        return (passed, failed);
    }
}
