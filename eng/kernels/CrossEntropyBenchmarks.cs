using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>Soft-max cross-entropy of a vocabulary's logits, their product included, at the mini size.</summary>
public class CrossEntropyBenchmarks : EngineBenchmarks
{
    private const int Rows = 256, Width = 256, Classes = 30522;

    private readonly int[] _targets = [.. Enumerable.Range(0, Rows).Select(row => row * 7919 % Classes)];
    private readonly float[] _weights = [.. Enumerable.Repeat(1f, Rows)];
    private Parameter _table = null!;
    private Tensor _x, _dx;

    protected override void Prepare() => (_table, _x, _dx) = (NewParameter(Classes, Width, trains: true), Random(Rows, Width), Random(Rows, Width));

    [Benchmark]
    public double Loss() => Executor.LinearCrossEntropy(_x, _table, null, _targets, _weights, null);

    [Benchmark]
    public double LossAndGradient() => Executor.LinearCrossEntropy(_x, _table, null, _targets, _weights, _dx);
}
