using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>drift</c>: the same training on both engines, and on two instruction sets of the CPU engine.</summary>
internal static class DriftCommand
{
    public static Command Create()
    {
        var command = new Command("drift", "The same training on both engines, and on two instruction sets of the CPU engine.");
        Argument<int> steps = DeviceOptions.Count("steps", "Training steps.", 200);
        command.Arguments.Add(steps);
        var options = new DeviceOptions(command);
        command.SetAction(result =>
        {
            Engine engine = options.Open(result).Engine;
            Run(engine, result.GetValue(steps), withOtherInstructions: true);
        });
        return command;
    }

    /// <summary>Returns the greatest relative differences of the losses, with dropout, over 20 steps and over all.</summary>
    public static (double First, double All) Run(Engine engine, int steps, bool withOtherInstructions)
    {
        int threads = CpuEngine.Shared.Threads;
        using CpuEngine narrow =
            CpuEngine.InstructionSet == "AVX-512" ? new CpuEngine<Lanes256, float>(threads) : new CpuEngine<Lanes128, float>(threads);
        (double, double) found = default;
        foreach (double dropout in new[] { 0, .1 })
        {
            double[] onCpu = TrainingDrift.Losses(CpuEngine.Shared, steps, batchTokens: 256, dropout);
            found = Write(engine.Name, TrainingDrift.Losses(engine, steps, batchTokens: 256, dropout));
            if (withOtherInstructions)
                Write(narrow.Name, TrainingDrift.Losses(narrow, steps, batchTokens: 256, dropout));

            (double, double) Write(string other, double[] losses)
            {
                double first = TrainingDrift.Difference(losses, onCpu, 20), all = TrainingDrift.Difference(losses, onCpu, steps);
                JsonLine.Write("drift", ("engine", CpuEngine.Shared.Name), ("other", other), ("dropout", dropout),
                    ("steps", losses.Length), ("first_loss", onCpu[0]), ("last_loss", onCpu[^1]),
                    ("step_1", TrainingDrift.Difference(losses, onCpu, 1)), ("steps_20", first), ("all", all));
                return (first, all);
            }
        }
        return found;
    }
}
