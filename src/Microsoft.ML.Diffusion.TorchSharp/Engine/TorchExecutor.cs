using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>The primitives on torch's tensors: this part has what is behind handles; the others compute.</summary>
/// <remarks>
/// A tensor's memory comes with the operation that fills it, so to allocate one is free. What a primitive makes on its way is freed at its
/// end, also if it fails; what stays is detached from the scope, and from any scope of the caller's.
/// </remarks>
internal sealed partial class TorchExecutor(TorchSharpEngine engine, Scripts scripts, bool isFused) : Executor
{
    private readonly List<Slot> _tensors = [];
    private readonly List<TorchTensor> _indices = [];
    private readonly List<BatchSequences> _sequences = [];
    private readonly List<(TorchTensor OnHost, long Wait)> _losses = [];
    private readonly Dictionary<DropoutDraws, TorchTensor> _draws = [];
    private readonly RotaryTables _rotary = new(engine);
    private long _live;
    private long _peak;

    /// <inheritdoc/>
    public override long PeakElements => _peak;

    /// <inheritdoc/>
    public override void Reset()
    {
        Cut(0);
        foreach (TorchTensor indices in _indices)
            indices.Dispose();
        _indices.Clear();
        foreach ((TorchTensor onHost, _) in _losses)
            onHost.Dispose();
        _losses.Clear();
        foreach (BatchSequences sequences in _sequences)
            sequences.Dispose();
        _sequences.Clear();
        foreach (TorchTensor draws in _draws.Values)
            draws.Dispose();
        _draws.Clear();
    }

    /// <inheritdoc/>
    public override Tensor Allocate(int rows, int columns) => Add(new Slot(rows, columns, null));

    /// <inheritdoc/>
    public override Tensor View(Tensor tensor, int firstRow, int rows)
    {
        Slot source = _tensors[tensor.Index];
        var view = new Slot(rows, tensor.Columns, source.Root) { Value = Own(Of(tensor).narrow(0, firstRow, rows)) };
        source.Root.Users++;
        return Add(view);
    }

    /// <summary>A mark is the number of tensors that there are.</summary>
    public override ArenaMark Mark() => new(_tensors.Count);

    /// <inheritdoc/>
    public override void Release(ArenaMark mark, Span<Tensor> keep)
    {
        var kept = new Slot?[keep.Length];
        for (int i = 0; i < keep.Length; i++)
        {
            if (keep[i].Index >= mark.Index)
                (kept[i] = _tensors[keep[i].Index]).IsKept = true;
        }
        Cut(mark.Index);
        for (int i = 0; i < keep.Length; i++)
        {
            if (kept[i] is not Slot slot)
                continue;
            slot.IsKept = false;
            int known = Array.IndexOf(kept, slot, 0, i);
            if (known >= 0)
            {
                keep[i] = keep[known];
                continue;
            }
            _tensors.Add(slot);
            keep[i] = new Tensor(_tensors.Count - 1, slot.Rows, slot.Columns);
        }
    }

    /// <inheritdoc/>
    public override void Write(Tensor tensor, ReadOnlySpan<float> values)
    {
        using DisposeScope scope = NewDisposeScope();
        Put(tensor, engine.OnDevice(values).view(tensor.Rows, tensor.Columns));
    }

    /// <inheritdoc/>
    public override void Read(Tensor tensor, Span<float> values)
    {
        using DisposeScope scope = NewDisposeScope();
        long wait = engine.BeginWait();
        TorchSharpEngine.Elements(Of(tensor).to(ScalarType.Float32).cpu().contiguous()).CopyTo(values);
        engine.EndWait(wait);
    }

    /// <inheritdoc/>
    public override double Read(Loss loss)
    {
        (TorchTensor onHost, long before) = _losses[loss.Index];
        if (engine.LastWait <= before)
        {
            long wait = engine.BeginWait();
            if (engine.Device.type == DeviceType.CUDA)
                cuda.synchronize(engine.Device);
            engine.EndWait(wait);
        }
        return MemoryMarshal.Read<double>(onHost.bytes);
    }

    /// <inheritdoc/>
    protected override int StoreIndices(ReadOnlySpan<int> values)
    {
        var wide = new long[values.Length]; // index operations of torch take int64
        for (int i = 0; i < wide.Length; i++)
            wide[i] = values[i];
        _indices.Add(Own(engine.OnDevice<long>(wide)));
        return _indices.Count - 1;
    }

    /// <inheritdoc/>
    protected override int StoreSequences(ReadOnlySpan<int> bounds)
    {
        _sequences.Add(new BatchSequences(engine, bounds.ToArray()));
        return _sequences.Count - 1;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return; // torch's own finalizers free what is left
        Reset();
        _rotary.Dispose();
    }

    /// <summary>Takes a tensor out of the scope that would free it.</summary>
    private static TorchTensor Own(TorchTensor tensor) => tensor.DetachFromDisposeScope();

    /// <summary>What is behind a handle; with unspecified contents if nothing has been written.</summary>
    private TorchTensor Of(Tensor tensor)
    {
        Slot slot = _tensors[tensor.Index];
        if (slot.Value is null)
            slot.Value = Own(slot.Statistics is (TorchTensor mean, TorchTensor inverse) ? cat([mean, inverse], 1)
                : empty([slot.Rows, slot.Columns], ScalarType.Float32, engine.Device));
        return slot.Value;
    }

    /// <summary>What is behind a handle, as a factor of a product.</summary>
    private TorchTensor Factor(Tensor tensor) => Factor(Of(tensor));

    private TorchTensor Factor(TorchTensor tensor) =>
        engine.FactorType == ScalarType.Float32 || tensor.dtype == engine.FactorType ? tensor : tensor.to(engine.FactorType);

    /// <summary>What is behind a handle, in float32.</summary>
    private TorchTensor Single(Tensor tensor) => Single(Of(tensor));

    private static TorchTensor Single(TorchTensor tensor) =>
        tensor.dtype == ScalarType.Float32 ? tensor : tensor.to(ScalarType.Float32);

    private TorchTensor Of(Indices indices) => _indices[indices.Index];

    private BatchSequences Of(Sequences sequences) => _sequences[sequences.Index];

    /// <summary>A weight as a factor of a product.</summary>
    private TorchTensor Weight(Parameter parameter)
    {
        TorchBuffer buffer = TorchSharpEngine.Of(parameter.Value);
        return engine.Precision == Precision.BFloat16 ? buffer.Rounded(parameter.Rows, parameter.Columns)
            : buffer.Matrix(parameter.Rows, parameter.Columns);
    }

    /// <summary>A weight in float32.</summary>
    private static TorchTensor Matrix(Parameter parameter) =>
        TorchSharpEngine.Of(parameter.Value).Matrix(parameter.Rows, parameter.Columns);

    /// <summary>A bias as a summand of a product.</summary>
    private TorchTensor? Bias(Parameter? parameter) => parameter is null ? null
        : engine.Precision == Precision.BFloat16 ? TorchSharpEngine.Of(parameter.Value).Rounded(1, parameter.Columns).view(-1)
        : Vector(parameter);

    /// <summary>A vector in float32.</summary>
    private static TorchTensor Vector(Parameter parameter) => TorchSharpEngine.Of(parameter.Value).Values;

    /// <summary>A parameter's gradient, [rows × columns]; null if it is frozen, or if there is no parameter.</summary>
    private static TorchTensor? Gradient(Parameter? parameter) => parameter?.Gradient is DeviceBuffer gradient
        ? TorchSharpEngine.Of(gradient).Matrix(parameter.Rows, parameter.Columns) : null;

    /// <summary>A vector's gradient, [length]; null if it is frozen, or if there is no parameter.</summary>
    private static TorchTensor? GradientOfVector(Parameter? parameter) =>
        parameter?.Gradient is DeviceBuffer gradient ? TorchSharpEngine.Of(gradient).Values : null;

    /// <summary>Stores a result, or adds it: the memory becomes that behind the handle, unless a view shares the handle's own.</summary>
    private void Put(Tensor tensor, TorchTensor value, bool accumulate = false)
    {
        Slot slot = _tensors[tensor.Index];
        if (accumulate)
        {
            Of(tensor).add_(value);
        }
        else if (slot.Root.Users > 1)
        {
            Of(tensor).copy_(value);
        }
        else
        {
            slot.Free();
            slot.Value = Own(value);
        }
    }

    private Tensor Add(Slot slot)
    {
        if (slot.Root == slot)
            _peak = Math.Max(_peak, _live += slot.Elements);
        _tensors.Add(slot);
        return new Tensor(_tensors.Count - 1, slot.Rows, slot.Columns);
    }

    /// <summary>Frees the tensors from one on, except those to be kept.</summary>
    private void Cut(int first)
    {
        foreach (Slot slot in CollectionsMarshal.AsSpan(_tensors)[first..])
        {
            if (slot.IsKept)
                continue;
            slot.Free();
            if (--slot.Root.Users == 0)
                _live -= slot.Root.Elements;
        }
        _tensors.RemoveRange(first, _tensors.Count - first);
    }

    /// <summary>What a handle refers to.</summary>
    private sealed class Slot
    {
        public Slot(int rows, int columns, Slot? root)
        {
            (Rows, Columns) = (rows, columns);
            Root = root ?? this;
            Users = root is null ? 1 : 0;
        }

        public int Rows { get; }

        public int Columns { get; }

        public long Elements => (long)Rows * Columns;

        /// <summary>The tensor whose memory it shares; itself, if it is no view.</summary>
        public Slot Root { get; }

        /// <summary>The number of tensors in its memory.</summary>
        public int Users { get; set; }

        public bool IsKept { get; set; }

        /// <summary>The numbers; null before the first write.</summary>
        public TorchTensor? Value { get; set; }

        /// <summary>Of a normalization's statistics: the rows' means and inverse deviations, [rows × 1] each.</summary>
        public (TorchTensor Mean, TorchTensor Inverse)? Statistics { get; set; }

        /// <summary>Of fused attention: what its backward needs.</summary>
        public FusedAttention? Fused { get; set; }

        public void Free()
        {
            Value?.Dispose();
            Statistics?.Mean.Dispose();
            Statistics?.Inverse.Dispose();
            Fused?.Dispose();
            (Value, Statistics, Fused) = (null, null, null);
        }
    }

    /// <summary>The draws of a dropout, whose key is its own: of rows and columns, or of heads and positions.</summary>
    private readonly record struct DropoutDraws(ulong Key, double Rate, int First, int Second);
}
