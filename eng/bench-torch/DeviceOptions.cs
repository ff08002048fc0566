using System.CommandLine;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.BenchTorch;

using Command = System.CommandLine.Command; // Microsoft.ML.Command is a namespace of ML.NET

/// <summary>The options that choose torch's device and precision.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Torch's device: cpu, cuda, cuda:1, mps.", DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<Precision> _precision = new("--precision")
    {
        Description = "The format of products.", DefaultValueFactory = _ => Compute.Precision.Float32,
    };

    /// <summary>Adds the options to a command.</summary>
    public DeviceOptions(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_precision);
    }

    /// <summary>The device.</summary>
    public string Device(ParseResult result) => result.GetValue(_device)!;

    /// <summary>The precision.</summary>
    public Precision Precision(ParseResult result) => result.GetValue(_precision);

    /// <summary>A context that computes on the device, and its engine.</summary>
    public (MLContext Context, TorchSharpEngine Engine) Open(ParseResult result) => Open(Device(result), Precision(result));

    /// <inheritdoc cref="Open(ParseResult)"/>
    public static (MLContext Context, TorchSharpEngine Engine) Open(string device, Precision precision)
    {
        var context = new MLContext(seed: 1) { FallbackToCpu = false };
        context.UseTorchSharp(new TorchSharpOptions { Device = device, Precision = precision });
        return GpuEngines.TryOpen(context.GpuDeviceId!.Value, out Engine? engine, out string? problem)
            ? (context, (TorchSharpEngine)engine)
            : throw new NotSupportedException(problem);
    }

    /// <summary>An argument that is a number of things, 1 or more.</summary>
    public static Argument<int> Count(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
