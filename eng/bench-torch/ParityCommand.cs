using System.CommandLine;
using Microsoft.ML.Diffusion.Bench;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary><c>parity</c>: the same texts written on both engines.</summary>
internal static class ParityCommand
{
    public static Command Create()
    {
        var command = new Command("parity", "The same texts written on both engines, by four samplers.");
        Argument<int> prompts = DeviceOptions.Count("prompts", "Prompts for each sampler.", 50);
        command.Arguments.Add(prompts);
        var options = new DeviceOptions(command);
        command.SetAction(result =>
        {
            (MLContext context, TorchSharpEngine engine) = options.Open(result);
            Run(context, engine, result.GetValue(prompts));
        });
        return command;
    }

    /// <summary>Returns the number of texts that differ, of all.</summary>
    public static (int Different, int All) Run(MLContext onTorch, TorchSharpEngine engine, int count)
    {
        string[] prompts = WritingParity.Prompts(count);
        var cpu = new MLContext(seed: 1);
        int different = 0, all = 0;
        foreach (Sampler sampler in WritingParity.Samplers)
        {
            List<TextDifference> differences = WritingParity.Compare((cpu, CpuEngine.Shared, 5), (onTorch, engine, 5), sampler, prompts);
            JsonLine.Write("parity", ("sampler", sampler.ToString()), ("texts", count), ("different", differences.Count));
            foreach (TextDifference difference in differences)
                JsonLine.Write("difference", ("prompt", difference.Prompt), ("step", difference.Step), ("position", difference.Position),
                    ("logit_difference", difference.LogitDifference), ("margin", difference.Margin));
            (different, all) = (different + differences.Count, all + count);
        }
        return (different, all);
    }
}
