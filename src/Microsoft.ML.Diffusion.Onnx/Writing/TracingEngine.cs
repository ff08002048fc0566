using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Onnx.Writing;

/// <summary>An engine without values: its executor writes down what a model computes, as nodes of a graph.</summary>
internal sealed class TracingEngine(Func<TracingExecutor> createExecutor) : Engine
{
    public override string Name => "ONNX graph";

    public override Executor CreateExecutor() => createExecutor();

    public override DeviceBuffer CreateBuffer(long length) => throw HasNoValues();

    public override void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values) => throw HasNoValues();

    public override void Read(DeviceBuffer buffer, long offset, Span<float> values) => throw HasNoValues();

    public override void Clear(DeviceBuffer buffer) => throw HasNoValues();

    public override void Copy(DeviceBuffer source, DeviceBuffer target) => throw HasNoValues();

    public override void Read(Parameter parameter, long start, Span<float> values) => throw HasNoValues();

    public override void Pack(Parameter parameter) => throw HasNoValues();

    public override void Unpack(Parameter parameter) => throw HasNoValues();

    public override void ClearGradients(ReadOnlySpan<Parameter> parameters) => throw HasNoValues();

    public override double SumOfSquares(ReadOnlySpan<Parameter> parameters) => throw HasNoValues();

    public override void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings) => throw HasNoValues();

    public override void Average(ReadOnlySpan<Parameter> parameters, double decay) => throw HasNoValues();

    protected override void Dispose(bool disposing)
    {
    }

    private NotSupportedException HasNoValues() => new($"'{Name}' has no values; only a model's forward pass runs on it.");
}
