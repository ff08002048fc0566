namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>What is found of TorchSharp, libtorch and the driver on a computer.</summary>
internal interface ITorchRuntime
{
    /// <summary>The version of TorchSharp's managed assembly; null if it is missing.</summary>
    Version? ManagedVersion { get; }

    /// <summary>Whether NVIDIA's driver can be loaded.</summary>
    bool HasDriver { get; }

    /// <summary>Whether a native library is loaded in the process.</summary>
    /// <param name="name">Its name without prefix and extension.</param>
    bool IsLoaded(string name);

    /// <summary>Loads the native part of TorchSharp.</summary>
    /// <param name="kind">The kind of device that it is to compute on.</param>
    /// <returns>Whether there are devices of that kind.</returns>
    /// <exception cref="DllNotFoundException">It is missing, or what it needs is; the message has the system's words.</exception>
    bool Load(TorchDeviceKind kind);

    /// <summary>The number of devices of a kind that is loaded.</summary>
    int CountDevices(TorchDeviceKind kind);

    /// <summary>Multiplies two small matrices of integers on a device.</summary>
    /// <returns>The largest difference from the product.</returns>
    double Multiply(TorchDevice device);
}
