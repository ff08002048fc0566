using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>Loads TorchSharp, once for each kind of device, and finds out what is the matter where it cannot compute.</summary>
/// <param name="runtime">The computer.</param>
internal sealed class TorchLibrary(ITorchRuntime runtime)
{
    /// <summary>The range of versions whose native interface the engine knows.</summary>
    private static readonly Version s_first = new(0, 107, 0), s_next = new(0, 108, 0);

    private readonly Lock _lock = new();
    private readonly Dictionary<TorchDeviceKind, NotSupportedException?> _loaded = [];

    /// <summary>Loads the library for a kind of device, unless that was tried before.</summary>
    /// <returns>What is the matter; null if there are devices of that kind.</returns>
    public NotSupportedException? Load(TorchDeviceKind kind)
    {
        lock (_lock)
        {
            if (!_loaded.TryGetValue(kind, out NotSupportedException? problem))
                _loaded.Add(kind, problem = FindProblem(kind));
            return problem;
        }
    }

    /// <summary>Loads the library, and tries a device.</summary>
    /// <exception cref="NotSupportedException">The device cannot be used; the message says why and what to do.</exception>
    public void Check(TorchDevice device)
    {
        if (Load(device.Kind) is NotSupportedException problem)
            throw new NotSupportedException(problem.Message, problem.InnerException);
        int count = runtime.CountDevices(device.Kind);
        if (device.Index >= count)
            throw new NotSupportedException(TorchProblem.NoSuchDevice(device, count));
        double error;
        try
        {
            error = runtime.Multiply(device);
        }
        catch (ExternalException exception)
        {
            throw new NotSupportedException(TorchProblem.NoProduct(device, exception.Message), exception);
        }
        if (error is not 0)
            throw new NotSupportedException(TorchProblem.WrongProduct(device, error));
    }

    private NotSupportedException? FindProblem(TorchDeviceKind kind)
    {
        if (runtime.ManagedVersion is not Version version)
            return new NotSupportedException(TorchProblem.ManagedPartMissing);
        if (version < s_first || version >= s_next)
            return new NotSupportedException(TorchProblem.WrongVersion(version));
        bool usedBefore = runtime.IsLoaded("LibTorchSharp");
        bool isAvailable;
        try
        {
            isAvailable = runtime.Load(kind);
        }
        catch (Exception exception) when (exception is NotSupportedException or TypeInitializationException or DllNotFoundException
            or BadImageFormatException or EntryPointNotFoundException)
        {
            return new NotSupportedException(
                TorchProblem.IsOfOldSystem(exception.ToString()) ? TorchProblem.OldSystem : TorchProblem.NativePartMissing(kind), exception);
        }
        return isAvailable ? null : new NotSupportedException(WhyUnavailable(kind, usedBefore));
    }

    private string WhyUnavailable(TorchDeviceKind kind, bool usedBefore) =>
        kind == TorchDeviceKind.Mps ? TorchProblem.NoMps
        : !runtime.IsLoaded("torch_cuda") ? TorchProblem.CpuPackage
        : !runtime.HasDriver ? TorchProblem.NoDriver
        : usedBefore ? TorchProblem.UsedOnCpuBefore
        : TorchProblem.NoCudaDevice;
}
