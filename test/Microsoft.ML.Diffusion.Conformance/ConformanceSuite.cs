using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Conformance.Cases;

namespace Microsoft.ML.Diffusion.Conformance;

/// <summary>All cases, and how one is run.</summary>
public static class ConformanceSuite
{
    /// <summary>The cases by name, in the order in which the seam has what they try.</summary>
    public static IReadOnlyList<ConformanceCase> Cases { get; } =
    [
        .. BufferCases.All, .. PackingCases.All, .. QuantizationCases.All, .. OptimizerCases.All, .. MemoryCases.All, .. RowCases.All,
        .. LinearCases.All, .. NormalizationCases.All, .. ElementCases.All, .. AttentionCases.All, .. DropoutCases.All, .. LossCases.All,
        .. TopCases.All, .. DrawCases.All, .. EdgeCases.All,
        .. GraphCases.All, .. RefusalCases.All, .. CancellationCases.All, .. DeterminismCases.All, .. ModelCases.All, .. RegistryCases.All,
    ];

    /// <summary>The graphs among the cases, whose gradients the reference proves by finite differences.</summary>
    public static IReadOnlyList<(string Name, Action<IGraph> Graph)> Graphs { get; } = [.. GraphCases.Graphs, .. GraphCases.DroppingGraphs];

    /// <summary>Runs a case on an engine of its own, or some, which are disposed.</summary>
    public static void Run(ConformanceCase conformanceCase, Func<Engine> create, ConformanceTolerances tolerances)
    {
        using var engine = new EngineUnderTest(create, tolerances, conformanceCase.Name);
        conformanceCase.Run(engine);
    }
}
