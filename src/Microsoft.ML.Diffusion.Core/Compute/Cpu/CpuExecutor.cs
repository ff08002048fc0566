using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The primitives on the managed engine. This part manages the arena; the others start the kernels.</summary>
internal sealed unsafe partial class CpuExecutor<V, T> : Executor
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int AlignmentInElements = 16;
    private readonly ParallelLoops _loops;
    private readonly List<long> _offsets = [];

    /// <summary>Retained tensors that lie above the released part, in the order of allocation; new allocations avoid them.</summary>
    private readonly List<(long Start, long End)> _keptRanges = [];
    private readonly List<(int Tensors, long Used, int KeptRanges)> _marks = [];
    private readonly List<double> _losses = [];
    private CpuBuffer<T> _arena = new(1 << 16);
    private long _used;
    private long _peak;
    private CpuBuffer<T> _scratch = new(1);
    private CpuBuffer<T> _panels = new(1);

    public CpuExecutor(CpuEngine<V, T> engine) => _loops = new ParallelLoops(engine.Workers, this);

    public override long PeakElements => _peak;

    public override void Reset()
    {
        _offsets.Clear();
        _keptRanges.Clear();
        _marks.Clear();
        _losses.Clear();
        _used = 0;
        _integersUsed = 0;
    }

    public override Tensor Allocate(int rows, int columns)
    {
        long length = ((long)rows * columns + AlignmentInElements - 1) / AlignmentInElements * AlignmentInElements;
        long offset = _used, live = _used;
        for (int i = 0; i < _keptRanges.Count; i++)
        {
            (long start, long end) = _keptRanges[i];
            live = Math.Max(live, end);
            if (offset < end && start < offset + length)
            {
                offset = end;
                i = -1; // it may overlap one that was checked before
            }
        }
        _used = checked(offset + length);
        _peak = Math.Max(_peak, _used);
        if (_used > _arena.Length)
        {
            var larger = new CpuBuffer<T>(Math.Max(_used, 2 * _arena.Length));
            NativeMemory.Copy(_arena.Pointer, larger.Pointer, (nuint)(live * sizeof(T)));
            _arena.Dispose();
            _arena = larger;
        }
        _offsets.Add(offset);
        return new Tensor(_offsets.Count - 1, rows, columns);
    }

    public override Tensor View(Tensor tensor, int firstRow, int rows)
    {
        _offsets.Add(_offsets[tensor.Index] + (long)firstRow * tensor.Columns);
        return new Tensor(_offsets.Count - 1, rows, tensor.Columns);
    }

    public override ArenaMark Mark()
    {
        _marks.Add((_offsets.Count, _used, _keptRanges.Count));
        return new ArenaMark(_marks.Count - 1);
    }

    public override void Release(ArenaMark mark, Span<Tensor> keep)
    {
        Span<long> offsets = stackalloc long[keep.Length];
        for (int i = 0; i < keep.Length; i++)
            offsets[i] = _offsets[keep[i].Index];
        (int tensors, _used, int keptRanges) = _marks[mark.Index];
        _marks.RemoveRange(mark.Index + 1, _marks.Count - mark.Index - 1);
        _offsets.RemoveRange(tensors, _offsets.Count - tensors);
        _keptRanges.RemoveRange(keptRanges, _keptRanges.Count - keptRanges);
        for (int i = 0; i < keep.Length; i++)
        {
            if (keep[i].Index < tensors)
                continue;
            _keptRanges.Add((offsets[i], offsets[i] + Length(keep[i])));
            _offsets.Add(offsets[i]);
            keep[i] = new Tensor(_offsets.Count - 1, keep[i].Rows, keep[i].Columns);
        }
    }

    public override void Write(Tensor tensor, ReadOnlySpan<float> values)
    {
        TensorPrimitives.ConvertTruncating(values, new Span<T>(Pointer(tensor), values.Length));
        GC.KeepAlive(this); // its arena has a finalizer
    }

    public override void Read(Tensor tensor, Span<float> values)
    {
        TensorPrimitives.ConvertTruncating(new ReadOnlySpan<T>(Pointer(tensor), values.Length), values);
        GC.KeepAlive(this);
    }

    public override double Read(Loss loss) => _losses[loss.Index];

    /// <summary>The address of a tensor; invalid after the next allocation.</summary>
    internal T* Pointer(Tensor tensor) => _arena.Pointer + _offsets[tensor.Index];

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _arena.Dispose();
        _scratch.Dispose();
        _panels.Dispose();
        _integers.Dispose();
        foreach (CpuBuffer<T> table in _rotaryTables.Values)
            table.Dispose();
    }

    /// <summary>Memory that only one primitive uses, <paramref name="length"/> elements, contents unspecified.</summary>
    private T* Scratch(long length) => Ensure(ref _scratch, length);

    private static T* Ensure(ref CpuBuffer<T> buffer, long length)
    {
        if (buffer.Length < length)
        {
            buffer.Dispose();
            buffer = new CpuBuffer<T>(length);
        }
        return buffer.Pointer;
    }
}
