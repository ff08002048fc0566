using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>TorchSharp and libtorch in this process.</summary>
internal sealed class TorchRuntime : ITorchRuntime
{
    /// <inheritdoc/>
    public Version? ManagedVersion
    {
        get
        {
            try
            {
                return ReadVersion();
            }
            catch (FileNotFoundException)
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public bool HasDriver
    {
        get
        {
            if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out nint driver))
                return false;
            NativeLibrary.Free(driver);
            return true;
        }
    }

    /// <summary>TorchSharp's device.</summary>
    public static Device ToDevice(TorchDevice device) => device.Kind switch
    {
        TorchDeviceKind.Cuda => new Device(DeviceType.CUDA, device.Index),
        TorchDeviceKind.Mps => new Device(DeviceType.MPS),
        _ => new Device(DeviceType.CPU),
    };

    /// <inheritdoc/>
    public bool IsLoaded(string name)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Any(module => module.ModuleName.Contains(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// The libraries are loaded here first, in TorchSharp's order. Where that fails, TorchSharp would write its trace to the console, copy
    /// half a gigabyte from the cache of packages beside the program, and lose the system's words.
    /// </summary>
    /// <inheritdoc/>
    public bool Load(TorchDeviceKind kind)
    {
        Assembly assembly = typeof(torch).Assembly;
        _ = NativeLibrary.TryLoad(kind == TorchDeviceKind.Cuda ? "torch_cuda" : "torch_cpu", assembly, null, out _);
        if (!IsInCache(assembly))
            NativeLibrary.Load("LibTorchSharp", assembly, null);
        return TryInitializeDeviceType(kind switch
        {
            TorchDeviceKind.Cuda => DeviceType.CUDA,
            TorchDeviceKind.Mps => DeviceType.MPS,
            _ => DeviceType.CPU,
        });
    }

    /// <inheritdoc/>
    public int CountDevices(TorchDeviceKind kind) => kind == TorchDeviceKind.Cuda ? cuda.device_count() : 1;

    /// <inheritdoc/>
    public double Multiply(TorchDevice device)
    {
        const int Size = 16;
        float[] a = new float[Size * Size], b = new float[Size * Size];
        for (int i = 0; i < a.Length; i++) // integers whose products and sums are exact in every precision
            (a[i], b[i]) = (i * 7 % 11 - 5, i * 5 % 13 - 6);
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Device where = ToDevice(device);
        float[] product = tensor(a, [Size, Size], device: where).mm(tensor(b, [Size, Size], device: where)).cpu().data<float>().ToArray();
        double most = 0;
        for (int i = 0; i < product.Length; i++)
        {
            double expected = 0;
            for (int k = 0; k < Size; k++)
                expected += a[i / Size * Size + k] * b[k * Size + i % Size];
            double error = Math.Abs(product[i] - expected);
            most = error <= most ? most : error; // a NaN stays
        }
        return most;
    }

    /// <summary>A method of its own: where the assembly is missing, it is the call that fails.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Version ReadVersion() => typeof(torch).Assembly.GetName().Version!;

    /// <summary>Whether the assembly is used where it lies in the cache of packages, as in notebooks; then TorchSharp finds libtorch
    /// there.</summary>
    private static bool IsInCache(Assembly assembly) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(assembly.Location))) == "lib";
}
