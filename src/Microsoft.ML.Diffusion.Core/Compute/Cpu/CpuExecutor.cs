using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The primitives on the managed engine: this part keeps the arena; the others start the kernels.</summary>
internal sealed unsafe partial class CpuExecutor<V, T>(CpuEngine<V, T> engine) : Executor
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int AlignmentInElements = 16;
    private readonly Workers _workers = engine.Workers;
    private readonly List<long> _offsets = [];
    private CpuBuffer<T> _arena = new(1 << 16);
    private long _used;
    private long _peak;
    private CpuBuffer<T> _scratch = new(1);
    private CpuBuffer<T> _panels = new(1);

    public override long PeakElements => _peak;

    public override void Reset()
    {
        _offsets.Clear();
        _used = 0;
    }

    public override Tensor Allocate(int rows, int columns)
    {
        long offset = _used;
        _used = checked(_used + ((long)rows * columns + AlignmentInElements - 1) / AlignmentInElements * AlignmentInElements);
        _peak = Math.Max(_peak, _used);
        if (_used > _arena.Length)
        {
            var larger = new CpuBuffer<T>(Math.Max(_used, 2 * _arena.Length));
            NativeMemory.Copy(_arena.Pointer, larger.Pointer, (nuint)(offset * sizeof(T)));
            _arena.Dispose();
            _arena = larger;
        }
        _offsets.Add(offset);
        return new Tensor(_offsets.Count - 1, rows, columns);
    }

    public override Tensor View(Tensor tensor, int firstRow, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow + rows, tensor.Rows);
        _offsets.Add(_offsets[tensor.Index] + (long)firstRow * tensor.Columns);
        return new Tensor(_offsets.Count - 1, rows, tensor.Columns);
    }

    public override ArenaMark Mark() => new(_offsets.Count, _used);

    public override void Release(ArenaMark mark, Span<Tensor> keep)
    {
        Span<long> sources = stackalloc long[keep.Length];
        for (int i = 0; i < keep.Length; i++)
            sources[i] = _offsets[keep[i].Index];
        _used = mark.Used;
        _offsets.RemoveRange(mark.Tensors, _offsets.Count - mark.Tensors);
        for (int i = 0; i < keep.Length; i++)
        {
            if (keep[i].Index < mark.Tensors)
                continue;
            keep[i] = Allocate(keep[i].Rows, keep[i].Columns);
            long bytes = Length(keep[i]) * sizeof(T);
            Buffer.MemoryCopy(_arena.Pointer + sources[i], Pointer(keep[i]), bytes, bytes);
        }
    }

    public override void Write(Tensor tensor, ReadOnlySpan<float> values)
    {
        CheckLength(tensor, values.Length);
        TensorPrimitives.ConvertTruncating(values, new Span<T>(Pointer(tensor), values.Length));
        GC.KeepAlive(this); // its arena has a finalizer
    }

    public override void Read(Tensor tensor, Span<float> values)
    {
        CheckLength(tensor, values.Length);
        TensorPrimitives.ConvertTruncating(new ReadOnlySpan<T>(Pointer(tensor), values.Length), values);
        GC.KeepAlive(this);
    }

    /// <summary>Where a tensor lies now; void after the next allocation.</summary>
    internal T* Pointer(Tensor tensor) => _arena.Pointer + _offsets[tensor.Index];

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _arena.Dispose();
        _scratch.Dispose();
        _panels.Dispose();
        foreach (CpuBuffer<T> table in _rotaryTables.Values)
            table.Dispose();
    }

    /// <summary>Memory that only one primitive uses, <paramref name="length"/> elements, contents unspecified.</summary>
    private T* Scratch(long length) => Ensure(ref _scratch, length);

    /// <summary>A weight's panels: its packed form where it has one, else packed now into the one reusable buffer.</summary>
    private T* TransposedPanels(Parameter weight)
    {
        if (weight.Packed is not null)
            return CpuEngine<V, T>.Pointer(weight.Packed);
        T* panels = Ensure(ref _panels, Panels.Length<V, T>(weight.Rows, weight.Columns));
        PackTransposed<V, T>.Run(_workers, CpuEngine<V, T>.Pointer(weight.Value), weight.Columns, weight.Columns, weight.Rows, panels);
        return panels;
    }

    private T* RowPanels(T* source, nint stride, int rows, int columns)
    {
        T* panels = Ensure(ref _panels, Panels.Length<V, T>(columns, rows));
        PackRows<V, T>.Run(_workers, source, stride, rows, columns, panels);
        return panels;
    }

    private static T* Ensure(ref CpuBuffer<T> buffer, long length)
    {
        if (buffer.Length < length)
        {
            buffer.Dispose();
            buffer = new CpuBuffer<T>(length);
        }
        return buffer.Pointer;
    }

    private static void CheckLength(Tensor tensor, int length)
    {
        if (length != Length(tensor))
            throw new ArgumentException($"A tensor of {tensor.Rows} × {tensor.Columns} was given {length} values.");
    }
}
