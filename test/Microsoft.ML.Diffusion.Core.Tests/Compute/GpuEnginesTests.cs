using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Tests;

[TestClass]
[DoNotParallelize]
public sealed class GpuEnginesTests
{
    [TestCleanup]
    public void Forget()
    {
        GpuEngines.Unregister("first");
        GpuEngines.Unregister("second");
        GpuEngines.Unregister("reference");
    }

    [TestMethod]
    public void Where_none_is_registered_none_is_found_and_the_package_is_named()
    {
        Assert.IsFalse(GpuEngines.TryOpen(0, out Engine? engine, out string? problem));
        Assert.IsNull(engine);
        Assert.AreEqual(
            "No GPU engine is registered. Add the package Diffusion.ML.TorchSharp, and TorchSharp-cuda-windows or TorchSharp-cuda-linux, " +
            "to the program.", problem);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => GpuEngines.Open(0));
        Assert.AreEqual(problem, refused.Message);
        Assert.IsNull(refused.InnerException);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GpuEngines.TryOpen(-1, out _, out _));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GpuEngines.Open(-1));
    }

    [TestMethod]
    public void The_first_that_can_open_a_device_does_once()
    {
        using CpuEngine toy = CpuEngine.Create(1);
        int opened = 0;
        GpuEngines.Register("first", device => device == 0 ? throw new NotSupportedException("Device 0 is away.") : toy);
        GpuEngines.Register("second", device => device > 1 ? throw new NotSupportedException($"There is no device {device}.") : Open());
        Assert.IsTrue(GpuEngines.TryOpen(0, out Engine? first, out _));
        Assert.AreEqual(1, opened);
        Parallel.For(0, 20, _ =>
        {
            Assert.IsTrue(GpuEngines.TryOpen(0, out Engine? again, out string? nothing));
            Assert.AreSame(first, again);
            Assert.IsNull(nothing);
        });
        Assert.AreEqual(1, opened);
        Assert.AreSame(toy, GpuEngines.Open(1));
        var gone = new NotSupportedException("It is gone.");
        GpuEngines.Register("first", _ => throw gone);
        Assert.IsFalse(GpuEngines.TryOpen(7, out _, out string? problem));
        Assert.AreEqual("second: There is no device 7. first: It is gone.", problem);
        GpuEngines.Unregister("second");
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => GpuEngines.Open(7));
        Assert.AreEqual("first: It is gone.", refused.Message);
        Assert.AreSame(gone, refused.InnerException);

        Engine Open()
        {
            opened++;
            return CpuEngine.On(1);
        }
    }

    [TestMethod]
    public void An_assembly_registers_its_engine()
    {
        GpuEngineAssembly.Register(typeof(ReferenceEngine).Assembly);
        Assert.IsInstanceOfType<ReferenceEngine>(GpuEngines.Open(0));
        Assert.IsTrue(GpuEngines.Unregister("reference"));
        Assert.IsNull(GpuEngineAssembly.RegisterIfPresent(typeof(ReferenceEngine).Assembly.GetName().Name!));
        Assert.IsInstanceOfType<ReferenceEngine>(GpuEngines.Open(0));
    }

    [TestMethod]
    public void An_absent_assembly_is_no_error_and_one_without_an_engine_is()
    {
        Assert.IsNull(GpuEngineAssembly.RegisterIfPresent("Nobody.Has.Such.An.Assembly"));
        string here = typeof(GpuEnginesTests).Assembly.GetName().Name!;
        Assert.Contains("was built for another version", GpuEngineAssembly.RegisterIfPresent(here)!.Message);
        Assert.Contains(here, Assert.ThrowsExactly<ArgumentException>(
            () => GpuEngineAssembly.Register(typeof(GpuEnginesTests).Assembly)).Message);
    }

    [TestMethod]
    [SuppressMessage("Usage", "CA2201", Justification = "It is what TorchSharp throws.")]
    public void Only_the_engine_knows_which_exceptions_say_that_memory_is_exhausted()
    {
        Assert.IsTrue(CpuEngine.Shared.IsOutOfMemory(new InsufficientMemoryException()));
        Assert.IsFalse(CpuEngine.Shared.IsOutOfMemory(new ExternalException("CUDA out of memory.")));
    }
}
