using Microsoft.ML.Diffusion.Conformance.Reference;

namespace Microsoft.ML.Diffusion.Conformance.Tests;

/// <summary>The suite on the engine that it compares with: formulas, memory, refusals.</summary>
[TestClass]
public sealed class ReferenceEngineConformance() : EngineConformance(() => new ReferenceEngine(), ConformanceTolerances.ForDoubles);
