namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>The kinds of devices on which models compute. TorchSharp's own enumeration is not used before TorchSharp is found.</summary>
internal enum TorchDeviceKind
{
    Cuda,
    Mps,
    Cpu,
}
