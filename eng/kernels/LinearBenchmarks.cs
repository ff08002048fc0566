using BenchmarkDotNet.Attributes;
using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Kernels;

/// <summary>Matrix products of a linear layer: inference in floats and in 8-bit integers, and the two of the backward pass.</summary>
public class LinearBenchmarks : EngineBenchmarks
{
    private Parameter _packed = null!, _quantized = null!, _weight = null!;
    private Tensor _x, _y, _dx;

    [ParamsSource(nameof(Shapes))]
    public LinearShape Shape { get; set; }

    /// <summary>The base size at one and at eight sequences of 128 tokens, and the mini size at sixteen.</summary>
    public static IEnumerable<LinearShape> Shapes => [new(128, 768, 768), new(128, 768, 3072), new(1024, 768, 3072), new(2048, 256, 1024)];

    protected override void Prepare()
    {
        _packed = NewParameter(Shape.Outputs, Shape.Inputs, trains: false);
        _quantized = NewParameter(Shape.Outputs, Shape.Inputs, trains: false);
        _weight = NewParameter(Shape.Outputs, Shape.Inputs, trains: true);
        Engine.Pack(_packed);
        Engine.Quantize(_quantized);
        (_x, _y, _dx) = (Random(Shape.Rows, Shape.Inputs), Random(Shape.Rows, Shape.Outputs), Random(Shape.Rows, Shape.Inputs));
    }

    [Benchmark(Baseline = true)]
    public void Packed() => Executor.Linear(_x, _packed, null, Activation.None, _y);

    [Benchmark]
    public void PackedWithGelu() => Executor.Linear(_x, _packed, null, Activation.Gelu, _y);

    [Benchmark]
    public void Quantized() => Executor.Linear(_x, _quantized, null, Activation.None, _y);

    [Benchmark]
    public void TrainingForward() => Executor.Linear(_x, _weight, null, Activation.None, _y);

    [Benchmark]
    public void Backward() => Executor.LinearBackward(_x, _weight, null, _y, _dx, accumulate: false);
}
