using System.Globalization;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Diffusion.Models;

/// <summary>
/// Chooses the engine that a context requests with <c>GpuDeviceId</c> and <c>FallbackToCpu</c>, and options with <c>Threads</c>.
/// </summary>
internal static class EngineChoice
{
    /// <summary>
    /// Fails if the context requests a GPU that is not available, or cannot compute the model, and does not allow the fallback, or if the
    /// number of threads is negative. Called when an estimator is created.
    /// </summary>
    /// <param name="host">The host whose context chooses.</param>
    /// <param name="threads">The number of threads; 0 for one per processor.</param>
    /// <param name="isQuantized">Whether the model is to compute with 8-bit integers.</param>
    /// <exception cref="NotSupportedException">There is no engine of the requested kind.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    public static void Check(IHost host, int threads, bool isQuantized)
    {
        CheckThreads(host, threads);
        if (!((IHostEnvironmentInternal)host).FallbackToCpu)
            _ = OpenGpu(host, isQuantized, out _);
    }

    /// <summary>
    /// The engine of the requested GPU, which has no threads; else the managed engine, with a warning if it is the fallback that the
    /// context allows.
    /// </summary>
    /// <param name="host">The host whose context chooses.</param>
    /// <param name="threads">The number of threads; 0 for one per processor.</param>
    /// <param name="isQuantized">Whether the model is to compute with 8-bit integers.</param>
    /// <exception cref="NotSupportedException">There is no engine of the requested kind.</exception>
    public static Engine Of(IHost host, int threads, bool isQuantized)
    {
        CheckThreads(host, threads);
        Engine? gpu = OpenGpu(host, isQuantized, out string? message);
        if (gpu is null && message is null)
            return CpuEngine.On(threads);
        using IChannel channel = host.Start("Engine");
        if (gpu is not null)
        {
            channel.Info("Computing on {0}.", gpu.Name);
            return gpu;
        }
        channel.Warning("{0} The CPU is used instead, as MLContext.FallbackToCpu allows.", message);
        return CpuEngine.On(threads);
    }

    private static void CheckThreads(IHost host, int threads) =>
        host.CheckUserArg(threads >= 0, "Threads",
            string.Create(CultureInfo.InvariantCulture, $"It is {threads}; expected 1 or more, or 0 for one per processor"));

    /// <summary>
    /// The engine of the requested GPU; null if none is requested, or, with a message, if it is not available and the context allows the
    /// fallback.
    /// </summary>
    private static Engine? OpenGpu(IHost host, bool isQuantized, out string? message)
    {
        message = null;
        var environment = (IHostEnvironmentInternal)host;
        if (environment.GpuDeviceId is not int device)
            return null;
        try
        {
            Engine engine = device >= 0 ? GpuEngines.Open(device) : throw new NotSupportedException("Devices are numbered from 0.");
            return !isQuantized || engine.CanQuantize ? engine : throw new NotSupportedException(
                $"The model computes with 8-bit integers, and '{engine.Name}' has none: they are for the CPU. To compute on the GPU, use " +
                "the model without Quantized().");
        }
        catch (NotSupportedException exception)
        {
            message = string.Create(CultureInfo.InvariantCulture,
                $"MLContext.GpuDeviceId is {device}, which this program cannot compute on. {exception.Message}");
            if (environment.FallbackToCpu)
                return null;
            throw host.Process(new NotSupportedException(
                $"{message} Set MLContext.GpuDeviceId to null, or MLContext.FallbackToCpu to true.", exception.InnerException));
        }
    }
}
