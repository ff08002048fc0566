using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests;

/// <summary>The conformance suite on lanes of 16 floats.</summary>
[TestClass]
public sealed class Lanes512Conformance() : EngineConformance(() => new CpuEngine<Lanes512, float>(threads: 2));

/// <summary>The conformance suite on lanes of 8 floats.</summary>
[TestClass]
public sealed class Lanes256Conformance() : EngineConformance(() => new CpuEngine<Lanes256, float>(threads: 1));

/// <summary>The conformance suite on lanes of 4 floats.</summary>
[TestClass]
public sealed class Lanes128Conformance() : EngineConformance(() => new CpuEngine<Lanes128, float>(threads: 1));

/// <summary>The conformance suite on single floats.</summary>
[TestClass]
public sealed class LanesSingleConformance() : EngineConformance(() => new CpuEngine<LanesSingle, float>(threads: 1));

/// <summary>The conformance suite on doubles, with which the SIMD probes compare.</summary>
[TestClass]
public sealed class LanesDoubleConformance()
    : EngineConformance(() => new CpuEngine<LanesDouble, double>(threads: 1), ConformanceTolerances.ForDoubles);
