using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>The optimizer's step on a parameter of 2,097,152 numbers.</summary>
public class OptimizerBenchmarks : EngineBenchmarks
{
    private Parameter _table = null!;

    protected override void Prepare()
    {
        _table = NewParameter(8192, 256, trains: true);
        Engine.Copy(_table.Value!, _table.Gradient!);
    }

    [Benchmark]
    public void AdamW() => Engine.Update([_table], new AdamWStep(1e-6, .9, .999, 1e-8, .01, 1, 1, 1));

    [Benchmark]
    public double SumOfSquares() => Engine.SumOfSquares([_table]);
}
