using Microsoft.ML.Diffusion;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML;

/// <summary>Extension methods of <see cref="MLContext"/> that choose TorchSharp to compute.</summary>
public static class TorchSharpExtensions
{
    /// <summary>Computes on the first GPU, with TorchSharp.</summary>
    /// <inheritdoc cref="UseTorchSharp(MLContext, TorchSharpOptions)"/>
    public static void UseTorchSharp(this MLContext mlContext) => mlContext.UseTorchSharp(new TorchSharpOptions());

    /// <summary>
    /// Computes with TorchSharp: the context's estimators train and write, and its loaded models compute, on the device of its
    /// <c>GpuDeviceId</c>. If that is null, it is set to the index in the options' device, or 0.
    /// </summary>
    /// <remarks>
    /// The kind of device and the precision hold for the process: the last call decides for engines that are opened from then on, in every
    /// context with a <c>GpuDeviceId</c>. Models stay on the engine that they have, and a call with the options of an earlier one finds its
    /// engines again. libtorch is loaded here, so that it starts with CUDA even if TorchSharp is then used on the CPU; but if a device is not
    /// available, it is the estimator that fails, or takes the CPU with a warning if <c>FallbackToCpu</c> is true.
    /// </remarks>
    /// <param name="mlContext">The context.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the options name another device than
    /// <c>GpuDeviceId</c>.</exception>
    /// <example>
    /// <code language="csharp"><![CDATA[
    /// using Microsoft.ML;
    /// using Microsoft.ML.Diffusion;
    /// using Microsoft.ML.Diffusion.Compute;
    ///
    /// var mlContext = new MLContext(seed: 1) { FallbackToCpu = true };
    /// mlContext.UseTorchSharp(new TorchSharpOptions { Precision = Precision.BFloat16 });
    /// ]]></code>
    /// </example>
    public static void UseTorchSharp(this MLContext mlContext, TorchSharpOptions options)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(options);
        (TorchDeviceKind kind, int? index) = TorchDevice.Parse(options.Device);
        Precision precision = options.Precision;
        if (!Enum.IsDefined(precision))
            throw new ArgumentException($"Precision is {precision}; expected one of {string.Join(", ", Enum.GetNames<Precision>())}.");
        if (index is int named && mlContext.GpuDeviceId is int set && named != set)
            throw new ArgumentException(
                $"Device is '{options.Device}', and MLContext.GpuDeviceId is {set}. Give the same index, or name \"cuda\" without one.");
        mlContext.GpuDeviceId ??= index ?? 0;
        TorchSharpRegistration.Engines.Load(kind);
        TorchSharpRegistration.Engines.Register(kind, precision);
    }
}
