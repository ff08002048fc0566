using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.Tests.Registration;

/// <summary>A computer with TorchSharp, two GPUs and a driver, of which each test takes something away.</summary>
internal sealed class FakeTorch : ITorchRuntime
{
    public Version? ManagedVersion { get; init; } = new(0, 107, 0, 0);

    public bool HasDriver { get; init; } = true;

    /// <summary>The libraries that are loaded before.</summary>
    public HashSet<string> Libraries { get; init; } = [];

    /// <summary>The libraries that loading loads.</summary>
    public string[] Present { get; init; } = ["LibTorchSharp", "torch_cuda"];

    /// <summary>What loading throws.</summary>
    public Exception? LoadError { get; init; }

    public bool IsAvailable { get; init; } = true;

    public int Devices { get; init; } = 2;

    /// <summary>What the trial gives or throws.</summary>
    public Func<TorchDevice, double> Trial { get; init; } = _ => 0;

    public int Loads { get; private set; }

    public bool IsLoaded(string name) => Libraries.Contains(name);

    public bool Load(TorchDeviceKind kind)
    {
        Loads++;
        if (LoadError is not null)
            throw LoadError;
        Libraries.UnionWith(Present);
        return IsAvailable;
    }

    public int CountDevices(TorchDeviceKind kind) => kind == TorchDeviceKind.Cuda ? Devices : 1;

    public double Multiply(TorchDevice device) => Trial(device);
}
