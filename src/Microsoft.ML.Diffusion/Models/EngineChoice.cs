using System.Globalization;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>The engine that a context asks for with <c>GpuDeviceId</c> and <c>FallbackToCpu</c>, and options with <c>Threads</c>.</summary>
internal static class EngineChoice
{
    /// <summary>Fails where the context asks for a GPU and does not allow to fall back, or the number of threads makes no sense; for estimators, when they are made.</summary>
    /// <exception cref="NotSupportedException">There is no engine of the kind that is asked for.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    public static void Check(IHost host, int threads)
    {
        host.CheckUserArg(threads >= 0, "Threads", string.Create(CultureInfo.InvariantCulture, $"It is {threads}; expected 1 or more, or 0 for one a processor"));
        if (GpuAskedFor(host) is string message && !((IHostEnvironmentInternal)host).FallbackToCpu)
            throw host.ExceptNotSupp($"{message} Set MLContext.GpuDeviceId to null, or MLContext.FallbackToCpu to true.");
    }

    /// <summary>The managed engine; a GPU that is asked for is refused, or warned of where the context allows to fall back.</summary>
    /// <param name="host">Whose context.</param>
    /// <param name="threads">The number of threads; 0 for one a processor.</param>
    /// <exception cref="NotSupportedException">There is no engine of the kind that is asked for.</exception>
    public static Engine Of(IHost host, int threads)
    {
        Check(host, threads);
        if (GpuAskedFor(host) is string message)
        {
            using IChannel channel = host.Start("Engine");
            channel.Warning("{0} It falls back to the CPU, as MLContext.FallbackToCpu allows.", message);
        }
        return Engine.CpuOn(threads);
    }

    private static string? GpuAskedFor(IHost host) =>
        ((IHostEnvironmentInternal)host).GpuDeviceId is int device ? $"MLContext.GpuDeviceId is {device}, and this version computes on the CPU only." : null;
}
