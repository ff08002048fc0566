using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

[assembly: GpuEngine(typeof(ReferenceEngineRegistration))]

namespace Microsoft.ML.Diffusion.Conformance.Reference;

/// <summary>Registers the reference engine as the only device, as an engine's assembly does for programs that load it from a
/// folder.</summary>
public static class ReferenceEngineRegistration
{
    /// <summary>Registers it.</summary>
    public static void Register() => GpuEngines.Register("reference", device =>
        device == 0 ? new ReferenceEngine() : throw new NotSupportedException($"There is no device {device} but 0."));
}
