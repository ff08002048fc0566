using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

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
    }

    [TestMethod]
    public void Where_none_is_registered_none_is_found()
    {
        Assert.IsFalse(GpuEngines.TryOpen(0, out Engine? engine, out string? problem));
        Assert.IsNull(engine);
        Assert.AreEqual("No GPU engine is registered.", problem);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => GpuEngines.TryOpen(-1, out _, out _));
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
        Assert.IsTrue(GpuEngines.TryOpen(1, out Engine? other, out _));
        Assert.AreSame(toy, other);
        GpuEngines.Register("first", _ => throw new NotSupportedException("It is gone."));
        Assert.IsFalse(GpuEngines.TryOpen(7, out _, out string? problem));
        Assert.AreEqual("second: There is no device 7. first: It is gone.", problem);

        Engine Open()
        {
            opened++;
            return CpuEngine.On(1);
        }
    }
}
