using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>Elementwise and row operations on 1,024 tokens of the base size.</summary>
public class ElementBenchmarks : EngineBenchmarks
{
    private const int Tokens = 1024, Width = 768;

    private Parameter _scale = null!, _shift = null!;
    private Tensor _a, _b, _sum, _y, _statistics, _wide, _wideY, _wideDx;

    protected override void Prepare()
    {
        (_scale, _shift) = (NewParameter(1, Width, trains: true), NewParameter(1, Width, trains: true));
        (_a, _b, _sum, _y, _statistics) =
            (Random(Tokens, Width), Random(Tokens, Width), Random(Tokens, Width), Random(Tokens, Width), Random(Tokens, 2));
        (_wide, _wideY, _wideDx) = (Random(Tokens, 4 * Width), Random(Tokens, 4 * Width), Random(Tokens, 4 * Width));
        AddLayerNorm(); // the backward reads what it leaves
    }

    [Benchmark]
    public void AddLayerNorm() => Executor.AddLayerNorm(_a, _b, _scale, _shift, 1e-12, _sum, _y, _statistics);

    [Benchmark]
    public void LayerNormBackward() => Executor.LayerNormBackward(_sum, _scale, _shift, _statistics, _a, _b, accumulate: false);

    [Benchmark]
    public void Gelu() => Executor.Activate(_wide, Activation.Gelu, _wideY);

    [Benchmark]
    public void GeluBackward() => Executor.ActivateBackward(_wide, Activation.Gelu, _wideY, _wideDx, accumulate: false);
}
