namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>One thing that every engine does, tried on one.</summary>
/// <param name="Name">The name in test results: the primitive or subject, a colon, and what is tried of it.</param>
/// <param name="Run">Tries it; what is wrong is thrown.</param>
public sealed record ConformanceCase(string Name, Action<EngineUnderTest> Run)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
