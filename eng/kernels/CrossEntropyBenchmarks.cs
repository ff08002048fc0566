using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>Softmax cross-entropy of a vocabulary's logits, their product included, at the mini size.</summary>
public class CrossEntropyBenchmarks : EngineBenchmarks
{
    private const int Rows = 256, Width = 256, Classes = 30522;

    private Indices _targets;
    private Tensor _weights;
    private Parameter _table = null!;
    private Tensor _x, _dx;

    protected override void Prepare()
    {
        (_table, _x, _dx, _weights) =
            (NewParameter(Classes, Width, trains: true), Random(Rows, Width), Random(Rows, Width), Executor.Allocate(Rows, 1));
        _targets = Executor.WriteIndices([.. Enumerable.Range(0, Rows).Select(row => row * 7919 % Classes)]);
        Executor.Write(_weights, [.. Enumerable.Repeat(1f, Rows)]);
    }

    [Benchmark]
    public double Loss() => Executor.Read(Executor.LinearCrossEntropy(_x, _table, null, _targets, _weights, null, 0));

    [Benchmark]
    public double LossAndGradient() => Executor.Read(Executor.LinearCrossEntropy(_x, _table, null, _targets, _weights, _dx, 0));
}
