using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Conformance.Cases;

/// <summary>The engine as one that is registered for a GPU.</summary>
internal static class RegistryCases
{
    private static int s_devices = 1000;

    public static ConformanceCase[] All { get; } =
    [
        new("registry: the engine is opened once for its device, by its kind", Opened),
    ];

    private static void Opened(EngineUnderTest e)
    {
        int device = Interlocked.Increment(ref s_devices), opened = 0; // one that no other test asks for
        string kind = $"kind {device}";
        GpuEngines.Register(kind, asked =>
        {
            if (asked != device)
                throw new NotSupportedException($"There is no device {asked}.");
            opened++;
            return e.Engine;
        });
        try
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.IsTrue(GpuEngines.TryOpen(device, out Engine? engine, out _));
                Assert.AreSame(e.Engine, engine);
            }
            Assert.AreEqual(1, opened);
            Assert.IsFalse(GpuEngines.TryOpen(Interlocked.Increment(ref s_devices), out _, out string? problem));
            StringAssert.Contains(problem, $"{kind}: There is no device");
        }
        finally
        {
            Assert.IsTrue(GpuEngines.Unregister(kind));
        }
        Assert.IsFalse(string.IsNullOrWhiteSpace(e.Engine.Name));
    }
}
