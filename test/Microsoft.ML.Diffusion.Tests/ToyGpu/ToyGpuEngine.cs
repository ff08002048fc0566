using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.ML.Diffusion.Compute;
using Microsoft.ML.Diffusion.Compute.Cpu;

namespace Microsoft.ML.Diffusion.Tests.ToyGpu;

/// <summary>An engine of an assembly that is no friend of the seam's: it has the managed one compute
/// counts what it is asked for, and has as little memory as a test likes.</summary>
internal sealed class ToyGpuEngine : Engine
{
    private readonly CpuEngine _engine = CpuEngine.Create(1);
    private int _losses, _updates, _exchanges, _executors, _writes;

    /// <summary>Losses that were read, and calls of <see cref="Update"/>.</summary>
    public (int Losses, int Updates) Steps => (_losses, _updates);

    public int Exchanges => _exchanges;

    public int Executors => _executors;

    /// <summary>Sets of sequences and of indices that went to the device.</summary>
    public int Writes => _writes;

    /// <summary>The most elements in the tensors of one run.</summary>
    public long MostElements { get; set; } = long.MaxValue;

    /// <summary>The most elements in one buffer.</summary>
    public long LongestBuffer { get; set; } = long.MaxValue;

    public override string Name => "toy GPU";

    public override Precision Precision => Precision.TensorFloat32;

    public void CountLoss() => Interlocked.Increment(ref _losses);

    /// <summary>Throws what libtorch throws.</summary>
    [SuppressMessage("Usage", "CA2201", Justification = "It is what TorchSharp throws.")]
    public static void Check(long elements, long most)
    {
        if (elements > most)
            throw new ExternalException("CUDA out of memory. Tried to allocate 2.00 GiB.");
    }

    public void CountWrite() => Interlocked.Increment(ref _writes);

    public override Executor CreateExecutor()
    {
        Interlocked.Increment(ref _executors);
        return new ToyGpuExecutor(this, _engine.CreateExecutor());
    }

    public override bool IsOutOfMemory(Exception exception) => exception is ExternalException;

    public override DeviceBuffer CreateBuffer(long length)
    {
        Check(length, LongestBuffer);
        return _engine.CreateBuffer(length);
    }

    public override void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values) => _engine.Write(buffer, offset, values);

    public override void Read(DeviceBuffer buffer, long offset, Span<float> values) => _engine.Read(buffer, offset, values);

    public override void Clear(DeviceBuffer buffer) => _engine.Clear(buffer);

    public override void Copy(DeviceBuffer source, DeviceBuffer target) => _engine.Copy(source, target);

    public override void Read(Parameter parameter, long start, Span<float> values) => _engine.Read(parameter, start, values);

    /// <summary>Keeps the plain values, as an engine does whose packed ones are a copy of another type;
    /// here the copy is one of none.</summary>
    public override void Pack(Parameter parameter) => Store(parameter, parameter.Value, null);

    public override void Unpack(Parameter parameter) => Store(parameter, parameter.Value, null);

    public override void ClearGradients(ReadOnlySpan<Parameter> parameters) => _engine.ClearGradients(parameters);

    public override double SumOfSquares(ReadOnlySpan<Parameter> parameters) => _engine.SumOfSquares(parameters);

    public override void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings)
    {
        _updates++;
        _engine.Update(parameters, settings);
    }

    public override void Average(ReadOnlySpan<Parameter> parameters, double decay) => _engine.Average(parameters, decay);

    public override void ExchangeAverages(ReadOnlySpan<Parameter> parameters)
    {
        _exchanges++;
        base.ExchangeAverages(parameters);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _engine.Dispose();
    }
}
