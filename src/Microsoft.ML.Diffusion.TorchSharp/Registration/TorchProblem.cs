using System.Globalization;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>The words for each reason why models cannot compute with TorchSharp: what was found, what was expected, what to do.</summary>
internal static class TorchProblem
{
    /// <summary>The version of the packages to add.</summary>
    private const string Version = "0.107.0";

    private static string CudaPackage => OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";

    /// <summary>TorchSharp's managed assembly is missing.</summary>
    public static string ManagedPartMissing =>
        $"The assembly TorchSharp is missing beside the program. Add the package TorchSharp, version {Version}, or publish the program with " +
        "all that it needs.";

    /// <summary>TorchSharp has another version.</summary>
    public static string WrongVersion(Version found) =>
        $"TorchSharp {found.ToString(3)} is loaded; expected 0.107.x, because its native interface changes with each minor version. Reference " +
        $"TorchSharp, and the package with libtorch, in version {Version}.";

    /// <summary>The native part is missing, or cannot be loaded.</summary>
    public static string NativePartMissing(TorchDeviceKind kind) =>
        $"libtorch, the native part of TorchSharp, is missing or cannot be loaded. Add the package {PackageFor(kind)}, version {Version}, to " +
        $"the program.{(OperatingSystem.IsWindows() ? " It also needs the Visual C++ redistributable." : "")}";

    /// <summary>The native part needs newer libraries of the system.</summary>
    public static string OldSystem =>
        "TorchSharp's native part needs a newer system than this: the C++ library of GCC 13.2 (GLIBCXX_3.4.32) and glibc 2.34. It works on " +
        "Ubuntu 24.04 and later, Debian 13, Fedora 39 and later, RHEL 10 and the .NET 10 images, but not on Debian 12, Ubuntu 22.04, RHEL 9 " +
        "or Alpine.";

    /// <summary>libtorch has no CUDA.</summary>
    public static string CpuPackage =>
        $"libtorch is here for the CPU only. Reference the package {CudaPackage}, version {Version}, instead of TorchSharp-cpu.";

    /// <summary>There is no driver.</summary>
    public static string NoDriver =>
        "CUDA is not available: NVIDIA's driver is not installed, or not visible. Install a driver for CUDA 12.8, and check it with " +
        "nvidia-smi; start a container with --gpus all.";

    /// <summary>libtorch was loaded without CUDA.</summary>
    public static string UsedOnCpuBefore =>
        "CUDA is not available: TorchSharp was used on the CPU before, so libtorch started without CUDA, for the lifetime of the process. Call " +
        "UseTorchSharp, or torch.InitializeDeviceType(DeviceType.CUDA), before the first use of TorchSharp.";

    /// <summary>CUDA finds no device.</summary>
    public static string NoCudaDevice =>
        "CUDA is not available: libtorch and a driver are here, but no device that they can use. Check with nvidia-smi that there is one and " +
        "that the driver is one for CUDA 12.8, and that CUDA_VISIBLE_DEVICES does not hide it.";

    /// <summary>There is no such kind of device on this system.</summary>
    public static string NoMps => "There is no device \"mps\": it is on Macs with Apple's processors only. Choose \"cuda\" or \"cpu\".";

    /// <summary>There is no device with that number.</summary>
    public static string NoSuchDevice(TorchDevice device, int count) => string.Create(CultureInfo.InvariantCulture,
        $"There is no device {device.Index} of the kind {KindName(device.Kind)}; this computer has {count}. Choose a number from 0 to " +
        $"{count - 1}.");

    /// <summary>The trial on the device failed.</summary>
    public static string WrongProduct(TorchDevice device, double error) => string.Create(CultureInfo.InvariantCulture,
        $"{device} multiplies wrongly: a product of small integers is wrong by {error}. Check the device and its driver.");

    /// <summary>The trial on the device ended with an exception.</summary>
    public static string NoProduct(TorchDevice device, string message) =>
        $"{device} cannot compute: {FirstLine(message)}. Check the device and its driver with nvidia-smi, and that libtorch supports it.";

    /// <summary>Whether the loader's message says that the system's libraries are too old, or not glibc's.</summary>
    public static bool IsOfOldSystem(string message) => message.Contains("GLIBCXX_", StringComparison.Ordinal) ||
        message.Contains("GLIBC_", StringComparison.Ordinal) || message.Contains("CXXABI_", StringComparison.Ordinal) ||
        message.Contains("Error relocating", StringComparison.Ordinal) || message.Contains("ld-linux", StringComparison.Ordinal);

    private static string PackageFor(TorchDeviceKind kind) => kind == TorchDeviceKind.Cuda ? CudaPackage : "TorchSharp-cpu";

    private static string KindName(TorchDeviceKind kind) => kind.ToString().ToLowerInvariant();

    private static string FirstLine(string message) => message.Split('\n')[0].Trim().TrimEnd('.');
}
