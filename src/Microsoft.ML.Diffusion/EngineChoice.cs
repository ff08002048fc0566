using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion;

/// <summary>The engine that a context asks for with <c>GpuDeviceId</c> and <c>FallbackToCpu</c>.</summary>
internal static class EngineChoice
{
    /// <summary>The managed engine; a GPU that is asked for is refused, or warned of where the context allows to fall back.</summary>
    public static Engine Of(IHost host)
    {
        var context = (IHostEnvironmentInternal)host;
        if (context.GpuDeviceId is int device)
        {
            string message = $"MLContext.GpuDeviceId is {device}, and this version computes on the CPU only.";
            if (!context.FallbackToCpu)
                throw host.ExceptNotSupp($"{message} Set MLContext.GpuDeviceId to null, or MLContext.FallbackToCpu to true.");
            using IChannel channel = host.Start("Engine");
            channel.Warning("{0} It falls back to the CPU, as MLContext.FallbackToCpu allows.", message);
        }
        return Engine.Cpu;
    }
}
