namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>The open engines, one for each device and precision; none is ever disposed.</summary>
/// <param name="library">Loads TorchSharp.</param>
/// <param name="makeEngine">Makes the engine of a device that was tried.</param>
internal sealed class TorchEngines(TorchLibrary library, Func<TorchDevice, Precision, Engine> makeEngine)
{
    /// <summary>The name of the kind of engines in <see cref="GpuEngines"/>.</summary>
    public const string Name = "TorchSharp";

    private readonly Lock _lock = new();
    private readonly Dictionary<(TorchDevice Device, Precision Precision), Engine> _engines = [];

    /// <summary>
    /// Registers the engines of one kind of device and one precision, instead of those registered before. Engines that are open stay so, and
    /// are found again.
    /// </summary>
    public void Register(TorchDeviceKind kind, Precision precision) =>
        GpuEngines.Register(Name, index => Open(new TorchDevice(kind, index), precision));

    /// <summary>Loads the library for a kind of device. If that fails, it is said when an engine is opened.</summary>
    public void Load(TorchDeviceKind kind) => _ = library.Load(kind);

    private Engine Open(TorchDevice device, Precision precision)
    {
        lock (_lock)
        {
            if (_engines.TryGetValue((device, precision), out Engine? engine))
                return engine;
            library.Check(device);
            _engines.Add((device, precision), engine = makeEngine(device, precision));
            return engine;
        }
    }
}
