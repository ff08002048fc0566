using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute.Torch;

namespace Microsoft.ML.Diffusion.Tests.Registration;

/// <summary>Each thing that may be the matter has its own words, which name it and say what to do.</summary>
[TestClass]
[SuppressMessage("Usage", "CA2201", Justification = "It is what TorchSharp throws.")]
public sealed class TorchLibraryTests
{
    private static readonly TorchDevice s_first = new(TorchDeviceKind.Cuda, 0);

    private static string CudaPackage => OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux";

    [TestMethod]
    public void Where_nothing_is_the_matter_the_library_is_loaded_once()
    {
        var torch = new FakeTorch();
        var library = new TorchLibrary(torch);
        library.Check(s_first);
        library.Check(new TorchDevice(TorchDeviceKind.Cuda, 1));
        Assert.IsNull(library.Load(TorchDeviceKind.Cuda));
        Assert.AreEqual(1, torch.Loads);
        library.Check(new TorchDevice(TorchDeviceKind.Cpu, 0));
        Assert.AreEqual(2, torch.Loads);
    }

    [TestMethod]
    public void The_managed_part_is_missing() =>
        Refuse(new FakeTorch { ManagedVersion = null }, "The assembly TorchSharp is missing", "TorchSharp, version 0.107.0");

    [TestMethod]
    [DataRow("0.106.0.0")]
    [DataRow("0.102.7.0")]
    [DataRow("0.108.0.0")]
    [DataRow("1.0.0.0")]
    public void TorchSharp_has_another_version(string version)
    {
        var torch = new FakeTorch { ManagedVersion = new Version(version) };
        Refuse(torch, $"TorchSharp {new Version(version).ToString(3)} is loaded", "expected 0.107.x", "version 0.107.0");
        Assert.AreEqual(0, torch.Loads, "nothing of an unknown version is called");
    }

    [TestMethod]
    public void A_later_patch_of_the_same_version_is_taken() =>
        new TorchLibrary(new FakeTorch { ManagedVersion = new Version(0, 107, 3, 0) }).Check(s_first);

    [TestMethod]
    public void The_native_part_is_missing()
    {
        var cause = new DllNotFoundException("Unable to load shared library 'LibTorchSharp' or one of its dependencies.");
        foreach (Exception exception in (Exception[])[cause, new TypeInitializationException("TorchSharp.torch", cause),
            new NotSupportedException("This application or script uses TorchSharp but doesn't contain a reference to libtorch-cpu\ntrace")])
        {
            NotSupportedException refused = Refuse(
                new FakeTorch { LoadError = exception }, "libtorch", "is missing or cannot be loaded", CudaPackage, "version 0.107.0");
            Assert.AreSame(exception, refused.InnerException);
            Assert.DoesNotContain("\n", refused.Message, "the trace is in the inner exception");
        }
        NotSupportedException onCpu = Assert.ThrowsExactly<NotSupportedException>(
            () => new TorchLibrary(new FakeTorch { LoadError = cause }).Check(new TorchDevice(TorchDeviceKind.Cpu, 0)));
        Assert.Contains("TorchSharp-cpu, version 0.107.0", onCpu.Message);
    }

    [TestMethod]
    [DataRow("libLibTorchSharp.so: /lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)")]
    [DataRow("libLibTorchSharp.so: /lib/libc.so.6: version `GLIBC_2.34' not found (required by libLibTorchSharp.so)")]
    [DataRow("Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by libLibTorchSharp.so)")]
    [DataRow("Error relocating libLibTorchSharp.so: __cxa_call_terminate: symbol not found")]
    public void The_system_is_too_old(string words)
    {
        var exception = new DllNotFoundException("Unable to load shared library 'LibTorchSharp' or one of its dependencies. " + words);
        NotSupportedException refused = Refuse(
            new FakeTorch { LoadError = exception }, "GLIBCXX_3.4.32", "Ubuntu 24.04", "Debian 13", ".NET 10 images", "not on Debian 12");
        Assert.AreSame(exception, refused.InnerException);
    }

    [TestMethod]
    public void Only_the_package_for_the_CPU_is_there() =>
        Refuse(new FakeTorch { IsAvailable = false, Present = ["LibTorchSharp", "torch_cpu"] }, "for the CPU only", CudaPackage, "TorchSharp-cpu");

    [TestMethod]
    public void There_is_no_driver() =>
        Refuse(new FakeTorch { IsAvailable = false, HasDriver = false }, "CUDA is not available", "driver", "nvidia-smi", "--gpus all");

    [TestMethod]
    public void TorchSharp_was_used_on_the_CPU_before() =>
        Refuse(
            new FakeTorch { IsAvailable = false, Libraries = ["LibTorchSharp", "torch_cpu"] },
            "used on the CPU before", "UseTorchSharp", "InitializeDeviceType(DeviceType.CUDA)", "before the first use");

    [TestMethod]
    public void TorchSharp_that_was_used_before_and_has_CUDA_is_taken() =>
        new TorchLibrary(new FakeTorch { Libraries = ["LibTorchSharp", "torch_cpu"] }).Check(s_first);

    [TestMethod]
    public void CUDA_finds_no_device() =>
        Refuse(new FakeTorch { IsAvailable = false }, "CUDA is not available", "CUDA_VISIBLE_DEVICES", "nvidia-smi");

    [TestMethod]
    public void MPS_is_only_on_Macs()
    {
        var library = new TorchLibrary(new FakeTorch { IsAvailable = false });
        Assert.Contains("Apple", Assert.ThrowsExactly<NotSupportedException>(
            () => library.Check(new TorchDevice(TorchDeviceKind.Mps, 0))).Message);
    }

    [TestMethod]
    public void The_index_is_too_large()
    {
        var library = new TorchLibrary(new FakeTorch());
        string message = Assert.ThrowsExactly<NotSupportedException>(() => library.Check(new TorchDevice(TorchDeviceKind.Cuda, 2))).Message;
        Assert.AreEqual("There is no device 2 of the kind cuda; this computer has 2. Choose a number from 0 to 1.", message);
        message = Assert.ThrowsExactly<NotSupportedException>(() => library.Check(new TorchDevice(TorchDeviceKind.Cpu, 1))).Message;
        Assert.Contains("There is no device 1 of the kind cpu; this computer has 1.", message);
    }

    [TestMethod]
    [DataRow(1e-3)]
    [DataRow(double.NaN)]
    public void The_device_computes_wrongly(double error) =>
        Refuse(new FakeTorch { Trial = _ => error }, "cuda:0 multiplies wrongly", "driver");

    [TestMethod]
    public void The_device_cannot_compute()
    {
        var exception = new ExternalException("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors …");
        NotSupportedException refused = Refuse(
            new FakeTorch { Trial = _ => throw exception }, "cuda:0 cannot compute: CUDA error: no kernel image is available", "nvidia-smi");
        Assert.AreSame(exception, refused.InnerException);
        Assert.DoesNotContain("\n", refused.Message);
    }

    [TestMethod]
    public void What_is_the_matter_is_found_once()
    {
        var torch = new FakeTorch { LoadError = new DllNotFoundException("LibTorchSharp") };
        var library = new TorchLibrary(torch);
        Assert.IsNotNull(library.Load(TorchDeviceKind.Cuda));
        Assert.ThrowsExactly<NotSupportedException>(() => library.Check(s_first));
        Assert.ThrowsExactly<NotSupportedException>(() => library.Check(s_first));
        Assert.AreEqual(1, torch.Loads);
    }

    [TestMethod]
    public void Exhausted_memory_is_recognized_by_its_words()
    {
        foreach (string words in (string[])[
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.69 GiB",
            "MPS backend out of memory (MPS allocated: 9.06 GB)",
            "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes.",
            "[enforce fail at alloc_cpu.cpp:116] data. DefaultCPUAllocator: not enough memory: you tried to allocate 4 bytes.",
            "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"])
        {
            Assert.IsTrue(TorchMemory.IsExhausted(new ExternalException(words)), words);
            Assert.IsFalse(TorchMemory.IsExhausted(new InvalidOperationException(words)), "not an exception of libtorch");
        }
        Assert.IsFalse(TorchMemory.IsExhausted(new ExternalException("CUDA error: device-side assert triggered")));
        Assert.IsTrue(TorchMemory.IsExhausted(new InsufficientMemoryException()));
    }

    private static NotSupportedException Refuse(FakeTorch torch, params string[] words)
    {
        NotSupportedException exception = Assert.ThrowsExactly<NotSupportedException>(() => new TorchLibrary(torch).Check(s_first));
        foreach (string expected in words)
            Assert.Contains(expected, exception.Message);
        return exception;
    }
}
