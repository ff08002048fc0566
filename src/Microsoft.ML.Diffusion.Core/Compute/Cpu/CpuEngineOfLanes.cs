using System.Numerics;
using System.Numerics.Tensors;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The managed engine on one type of lanes.</summary>
internal sealed unsafe class CpuEngine<V, T>(int threads) : CpuEngine
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Workers Workers { get; } = new(threads);

    public override string Name => $"CPU, {InstructionSet}, {Threads} thread{(Threads == 1 ? "" : "s")}";

    public override int Threads => Workers.Count;

    public override bool CanQuantize => typeof(T) == typeof(float);

    public override bool SharesParametersWith(Engine other) => other is CpuEngine<V, T>;

    public override DeviceBuffer CreateBuffer(long length) => new CpuBuffer<T>(length);

    public override Executor CreateExecutor() => new CpuExecutor<V, T>(this);

    public override void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values)
    {
        TensorPrimitives.ConvertTruncating(values, new Span<T>(At(buffer, offset, values.Length), values.Length));
        GC.KeepAlive(buffer); // it has a finalizer
    }

    public override void Read(DeviceBuffer buffer, long offset, Span<float> values)
    {
        TensorPrimitives.ConvertTruncating(new ReadOnlySpan<T>(At(buffer, offset, values.Length), values.Length), values);
        GC.KeepAlive(buffer);
    }

    public override void Clear(DeviceBuffer buffer) => ClearKernel<T>.Run(Loops, At(buffer, 0, 0), buffer.Length);

    public override void Copy(DeviceBuffer source, DeviceBuffer target) =>
        CopyKernel<V, T>.Run(Loops, At(source, 0, target.Length), At(target, 0, source.Length), target.Length, accumulate: false);

    public override void ClearGradients(ReadOnlySpan<Parameter> parameters)
    {
        foreach (Parameter parameter in parameters)
            Clear(parameter.Gradient!);
    }

    public override double SumOfSquares(ReadOnlySpan<Parameter> parameters)
    {
        double sum = 0;
        foreach (Parameter parameter in parameters)
            sum += SumOfSquaresKernel<V, T>.Run(Loops, Pointer(parameter.Gradient), parameter.Length);
        return sum;
    }

    public override void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings)
    {
        foreach (Parameter parameter in parameters)
        {
            AdamWKernel<V, T>.Run(
                Loops, parameter.Length, Pointer(parameter.Value), Pointer(parameter.Gradient), Pointer(parameter.FirstMoment),
                Pointer(parameter.SecondMoment), settings);
        }
    }

    public override void Average(ReadOnlySpan<Parameter> parameters, double decay)
    {
        foreach (Parameter parameter in parameters)
            AverageKernel<V, T>.Run(Loops, Pointer(parameter.Average), Pointer(parameter.Value), parameter.Length, decay);
    }

    public override void Pack(Parameter parameter)
    {
        var panels = new CpuBuffer<T>(Panels.Length<V, T>(parameter.Rows, parameter.Columns));
        PackTransposed<V, T>.Run(Loops, Pointer(parameter.Value), parameter.Columns, parameter.Columns, parameter.Rows, panels.Pointer);
        Store(parameter, null, panels);
    }

    public override void Quantize(Parameter parameter)
    {
        if (!CanQuantize)
        {
            base.Quantize(parameter);
            return;
        }
        if (parameter.Packed is QuantizedBuffer)
            return;
        Unpack(parameter);
        var quantized = new QuantizedBuffer(parameter.Rows, parameter.Columns);
        QuantizeWeights.Run(Loops, (float*)Pointer(parameter.Value), parameter.Columns, parameter.Rows, quantized);
        Store(parameter, null, quantized);
    }

    public override void Unpack(Parameter parameter)
    {
        if (parameter.Packed is null)
            return;
        DeviceBuffer? value = parameter.Value;
        if (value is null)
        {
            var unpacked = new CpuBuffer<T>(parameter.Length);
            for (long i = 0; i < parameter.Length; i++)
                unpacked.Pointer[i] = PackedElement(parameter, i);
            value = unpacked;
        }
        Store(parameter, value, null);
    }

    public override void Read(Parameter parameter, long start, Span<float> values)
    {
        if (parameter.Value is not null)
        {
            Read(parameter.Value, start, values);
            return;
        }
        if (parameter.Packed is null)
            throw new InvalidOperationException($"'{parameter.Name}' has no values to read. Call CreateValues first.");
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, parameter.Length - values.Length);
        for (int i = 0; i < values.Length; i++)
            values[i] = float.CreateTruncating(PackedElement(parameter, start + i));
    }

    internal static T* Pointer(DeviceBuffer? buffer) => ((CpuBuffer<T>)buffer!).Pointer;

    private ParallelLoops Loops => new(Workers);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Workers.Dispose();
    }

    private static T PackedElement(Parameter parameter, long index)
    {
        (long row, long column) = Math.DivRem(index, parameter.Columns);
        if (parameter.Packed is QuantizedBuffer quantized)
            return T.CreateTruncating(quantized.Element(row, column));
        int width = Panels.Width<V, T>();
        return Pointer(parameter.Packed)[row / width * width * parameter.Columns + column * width + row % width];
    }

    private static T* At(DeviceBuffer buffer, long offset, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, buffer.Length - count);
        return Pointer(buffer) + offset;
    }
}
