using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>speed</c>: both engines in turns.</summary>
internal static class SpeedCommand
{
    public static Command Create()
    {
        var command = new Command("speed", "Encoding, training and writing on the CPU engine and on torch, in turns.");
        Argument<int> runs = DeviceOptions.Count("runs", "Timed runs of each.", 9);
        command.Arguments.Add(runs);
        var only = new Option<string>("--only") { Description = "The work: encode, train or generate; all if it is left out." };
        var precisions = new Option<Precision[]>("--precisions")
        {
            Description = "Torch's formats of products.", AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [Precision.Float32, Precision.BFloat16],
        };
        command.Options.Add(only);
        command.Options.Add(precisions);
        var options = new DeviceOptions(command);
        command.SetAction(result => 
            Run(options.Device(result), result.GetValue(runs), result.GetValue(only) ?? "", result.GetValue(precisions)!));
        return command;
    }

    public static void Run(string device, int runs, string only, params Precision[] precisions) => new SpeedComparison(runs, only)
    {
        Engines = [CpuEngine.Shared, .. precisions.Select(precision => DeviceOptions.Open(device, precision).Engine)],
    }.All();
}
