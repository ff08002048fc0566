using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>One thing that an engine does wrong, and a case that must see it.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="SeenBy">The beginning of the name of a case that fails.</param>
/// <param name="Create">Makes such an engine.</param>
internal sealed record Fault(string Name, string SeenBy, Func<Engine> Create)
{
    /// <summary>A fault of the executor.</summary>
    public Fault(string name, string seenBy, Func<ReferenceExecutor> create) : this(name, seenBy, () => new EngineOf(create))
    {
    }

    private sealed class EngineOf(Func<ReferenceExecutor> create) : ReferenceEngine
    {
        public override Executor CreateExecutor() => create();
    }
}
