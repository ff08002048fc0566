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
        var command = new Command("speed", "Encoding, training and writing on the CPU engine and on torch in float32 and bfloat16, in turns.");
        Argument<int> runs = DeviceOptions.Count("runs", "Timed runs of each.", 9);
        command.Arguments.Add(runs);
        var options = new DeviceOptions(command);
        command.SetAction(result => Run(options.Device(result), result.GetValue(runs)));
        return command;
    }

    public static void Run(string device, int runs) => new SpeedComparison(runs)
    {
        Engines =
        [
            CpuEngine.Shared, DeviceOptions.Open(device, Precision.Float32).Engine, DeviceOptions.Open(device, Precision.BFloat16).Engine,
        ],
    }.All();
}
