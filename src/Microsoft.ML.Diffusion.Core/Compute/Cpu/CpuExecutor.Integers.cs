using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    private CpuBuffer<int> _integers = new(1 << 12);
    private int _integersUsed;

    protected override int StoreIndices(ReadOnlySpan<int> values)
    {
        int start = AllocateIntegers(values.Length);
        values.CopyTo(new Span<int>(_integers.Pointer + start, values.Length));
        GC.KeepAlive(this);
        return start;
    }

    /// <summary>The bounds, followed by each row's position in its sequence.</summary>
    protected override int StoreSequences(ReadOnlySpan<int> bounds)
    {
        int start = AllocateIntegers(checked(bounds.Length + bounds[^1]));
        bounds.CopyTo(new Span<int>(_integers.Pointer + start, bounds.Length));
        int* positions = _integers.Pointer + start + bounds.Length;
        for (int i = 0; i + 1 < bounds.Length; i++)
        {
            for (int row = bounds[i]; row < bounds[i + 1]; row++)
                positions[row] = row - bounds[i];
        }
        GC.KeepAlive(this);
        return start;
    }

    /// <summary>The address of indices; invalid after the next ones are stored.</summary>
    private int* Pointer(Indices indices) => _integers.Pointer + indices.Index;

    private int* Bounds(Sequences sequences) => _integers.Pointer + sequences.Index;

    private int* Positions(Sequences sequences) => Bounds(sequences) + sequences.Count + 1;

    private int AllocateIntegers(int length)
    {
        int start = _integersUsed;
        _integersUsed = checked(start + length);
        if (_integersUsed > _integers.Length)
        {
            var larger = new CpuBuffer<int>(Math.Max(_integersUsed, 2 * _integers.Length));
            NativeMemory.Copy(_integers.Pointer, larger.Pointer, (nuint)start * sizeof(int));
            _integers.Dispose();
            _integers = larger;
        }
        return start;
    }
}
