using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

[assembly: GpuEngine(typeof(TorchSharpRegistration))]

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Registers the TorchSharp engines of this process.</summary>
internal static class TorchSharpRegistration
{
    /// <summary>The engines of this process.</summary>
    public static TorchEngines Engines { get; } = new(
        new TorchLibrary(new TorchRuntime()), (device, precision) => new TorchSharpEngine(TorchRuntime.ToDevice(device), precision));

    /// <summary>Registers them with the options' defaults.</summary>
    public static void Register()
    {
        var options = new TorchSharpOptions();
        Engines.Register(TorchDevice.Parse(options.Device).Kind, options.Precision);
    }
}
