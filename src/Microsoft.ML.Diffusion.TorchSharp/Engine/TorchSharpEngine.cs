using System.Globalization;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Computes on one of TorchSharp's devices: a GPU (CUDA, Apple's MPS) or libtorch's CPU. Every primitive and its backward is explicit;
/// nothing is recorded for automatic differentiation.
/// </summary>
/// <remarks>
/// The same work on the same device gives the same result. Libraries choose kernels by shape, so a sequence's result may differ in its last
/// bits between batches. Attention's dropout draws the same as the CPU engine, except in fused attention, which a GPU uses where it can.
/// </remarks>
internal sealed class TorchSharpEngine : Engine
{
    private readonly Scripts _scripts = Scripts.Compile();
    private long _waits;
    private long _lastWait;

    /// <summary>Makes an engine; the library is loaded and the device is there.</summary>
    internal TorchSharpEngine(Device device, Precision precision)
    {
        (Device, Precision, DrawsTokens) = (device, precision, device.type != DeviceType.CPU);
        if (device.type == DeviceType.CUDA)
            backends.cuda.matmul.allow_tf32 = precision == Precision.TensorFloat32; // of the process: TorchSharp has no other switch
        HasFusedAttention = device.type == DeviceType.CUDA && FusedAttentionTrial.Succeeds(this);
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}, {DeviceName}, {PrecisionName}");

    /// <inheritdoc/>
    public override Precision Precision { get; }

    /// <summary>The device.</summary>
    internal Device Device { get; }

    /// <summary>The device as TorchSharp names it, such as "cuda:0".</summary>
    internal string DeviceName => Device.type == DeviceType.CPU ? "cpu" : Device.ToString();

    /// <summary>The type of a product's factors, and of activations between layers.</summary>
    internal ScalarType FactorType => Precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>The widest floating-point type of the device.</summary>
    internal ScalarType WideType => Device.type == DeviceType.MPS ? ScalarType.Float32 : ScalarType.Float64;

    /// <summary>
    /// Whether torch draws tokens. On the CPU it need not, since logits are in the host's memory, and the host draws 4 to 13 times as fast
    /// (240 rows of 30,522 logits, two busy cores). Tests set it, to try there what a GPU does.
    /// </summary>
    internal bool DrawsTokens { get; init; }

    /// <summary>Whether attention within cumulative lengths, in one kernel, works on the device.</summary>
    internal bool HasFusedAttention { get; }

    /// <summary>How often the host has waited until the device had done all that was asked of it before.</summary>
    internal long Waits => Interlocked.Read(ref _waits);

    /// <summary>The last of these waits that is over; those that began later may be over too.</summary>
    internal long LastWait => Interlocked.Read(ref _lastWait);

    private string PrecisionName => Precision switch
    {
        Precision.BFloat16 => "bf16",
        Precision.TensorFloat32 => "tf32",
        _ => "fp32",
    };

    /// <inheritdoc/>
    public override bool IsOutOfMemory(Exception exception) => TorchMemory.IsExhausted(exception);

    /// <inheritdoc/>
    public override bool SharesParametersWith(Engine other) =>
        other is TorchSharpEngine engine && engine.Device.type == Device.type && engine.Device.index == Device.index;

    /// <inheritdoc/>
    public override Executor CreateExecutor() => new TorchExecutor(this, _scripts, HasFusedAttention);

    /// <inheritdoc/>
    public override DeviceBuffer CreateBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new TorchBuffer(zeros([length], ScalarType.Float32, Device));
    }

    /// <inheritdoc/>
    public override void Write(DeviceBuffer buffer, long offset, ReadOnlySpan<float> values)
    {
        using DisposeScope scope = NewDisposeScope();
        TorchTensor part = Part(buffer, offset, values.Length);
        if (Device.type == DeviceType.CPU)
            values.CopyTo(Elements(part));
        else
            part.copy_(OnHost(values));
        Of(buffer).Change();
    }

    /// <inheritdoc/>
    public override void Read(DeviceBuffer buffer, long offset, Span<float> values)
    {
        using DisposeScope scope = NewDisposeScope();
        long wait = BeginWait();
        Elements(Part(buffer, offset, values.Length).cpu()).CopyTo(values);
        EndWait(wait);
    }

    /// <inheritdoc/>
    public override void Clear(DeviceBuffer buffer)
    {
        Of(buffer).Values.fill_(Scalars.Zero);
        Of(buffer).Change();
    }

    /// <inheritdoc/>
    public override void Copy(DeviceBuffer source, DeviceBuffer target)
    {
        Of(target).Values.copy_(Of(source).Values);
        Of(target).Change();
    }

    /// <inheritdoc/>
    public override void Read(Parameter parameter, long start, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Read(parameter.Value ?? throw new InvalidOperationException($"'{parameter.Name}' has no values to read."), start, values);
    }

    /// <summary>Does nothing: the form for products is made from the plain values when it is first used.</summary>
    public override void Pack(Parameter parameter)
    {
    }

    /// <summary>Does nothing, as <see cref="Pack"/> does.</summary>
    public override void Unpack(Parameter parameter)
    {
    }

    /// <inheritdoc/>
    public override void ClearGradients(ReadOnlySpan<Parameter> parameters)
    {
        if (!parameters.IsEmpty)
            _scripts.Clear(Values(parameters, parameter => parameter.Gradient));
    }

    /// <inheritdoc/>
    public override double SumOfSquares(ReadOnlySpan<Parameter> parameters)
    {
        if (parameters.IsEmpty)
            return 0;
        using DisposeScope scope = NewDisposeScope();
        TorchTensor norms = _scripts.Norms(Values(parameters, parameter => parameter.Gradient), WideType);
        long wait = BeginWait();
        double sum = norms.square().sum().to(ScalarType.Float64).item<double>();
        EndWait(wait);
        return sum;
    }

    /// <inheritdoc/>
    public override void Update(ReadOnlySpan<Parameter> parameters, in AdamWStep settings)
    {
        if (parameters.IsEmpty)
            return;
        using DisposeScope scope = NewDisposeScope();
        TorchTensor[] gradients = Values(parameters, parameter => parameter.Gradient);
        TorchTensor[] values = Values(parameters, parameter => parameter.Value);
        TorchTensor[] firsts = Values(parameters, parameter => parameter.FirstMoment);
        _scripts.AdamW(values, gradients, firsts, Values(parameters, parameter => parameter.SecondMoment), settings, Device);
        foreach (Parameter parameter in parameters)
            Of(parameter.Value).Change();
    }

    /// <inheritdoc/>
    public override void Average(ReadOnlySpan<Parameter> parameters, double decay)
    {
        if (parameters.IsEmpty)
            return;
        _scripts.Lerp(Values(parameters, parameter => parameter.Average), Values(parameters, parameter => parameter.Value), 1 - decay);
        foreach (Parameter parameter in parameters)
            Of(parameter.Average).Change();
    }

    /// <summary>Says that the host begins to wait for the device.</summary>
    internal long BeginWait() => Interlocked.Increment(ref _waits);

    /// <summary>Says that a wait is over.</summary>
    internal void EndWait(long wait)
    {
        long last = LastWait;
        while (last < wait && Interlocked.CompareExchange(ref _lastWait, wait, last) is long other && other != last)
            last = other;
    }

    /// <summary>A buffer of this kind of engine.</summary>
    internal static TorchBuffer Of(DeviceBuffer? buffer) => (TorchBuffer)buffer!;

    /// <summary>The elements of a contiguous float32 tensor in the host's memory.</summary>
    internal static Span<float> Elements(TorchTensor onHost) => MemoryMarshal.Cast<byte, float>(onHost.bytes);

    /// <summary>Numbers in a tensor in the host's memory, page-locked for a device that copies from it while the host goes on.</summary>
    internal TorchTensor OnHost<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        ScalarType type = typeof(T) == typeof(float) ? ScalarType.Float32 : typeof(T) == typeof(double) ? ScalarType.Float64
            : typeof(T) == typeof(int) ? ScalarType.Int32 : ScalarType.Int64;
        TorchTensor tensor = empty([values.Length], type);
        MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        return Device.type == DeviceType.CUDA ? tensor.pin_memory() : tensor;
    }

    /// <summary>Numbers in a tensor on the device.</summary>
    internal TorchTensor OnDevice<T>(ReadOnlySpan<T> values) where T : unmanaged =>
        Device.type == DeviceType.CPU ? OnHost(values) : OnHost(values).to(Device, non_blocking: true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Executors and buffers own all tensors; the scripts live as long as the process.
    }

    private static TorchTensor[] Values(ReadOnlySpan<Parameter> parameters, Func<Parameter, DeviceBuffer?> buffer)
    {
        var values = new TorchTensor[parameters.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = Of(buffer(parameters[i])).Values;
        return values;
    }

    private static TorchTensor Part(DeviceBuffer buffer, long offset, int length)
    {
        TorchTensor values = Of(buffer).Values;
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, buffer.Length - length);
        return values.narrow(0, offset, length);
    }
}
