using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    private readonly Dictionary<(double Theta, int Half, bool Inverse), CpuBuffer<T>> _rotaryTables = [];
    private int[] _positions = [];

    public override void Rotate(Tensor qkv, ReadOnlySpan<int> bounds, int heads, double theta, bool inverse)
    {
        int width = qkv.Columns / 3, half = width / heads / 2;
        if (qkv.Columns != 6 * heads * half || half == 0)
            throw new ArgumentException($"Rotary positions turn pairs: {qkv.Columns} columns of queries, keys and values do not give {heads} heads of even width.");
        if (_positions.Length < qkv.Rows)
            _positions = new int[Math.Max(qkv.Rows, 2 * _positions.Length)];
        for (int i = 0; i + 1 < bounds.Length; i++)
        {
            for (int row = bounds[i]; row < bounds[i + 1]; row++)
                _positions[row] = row - bounds[i];
        }
        T* table = RotaryTable(theta, half, inverse, Longest(bounds));
        fixed (int* positions = _positions)
            RotaryKernel<V, T>.Run(_loops, Pointer(qkv), positions, table, qkv.Rows, width, half);
    }

    public override void Attend(Tensor qkv, ReadOnlySpan<int> bounds, int heads, int reach, Tensor y, Tensor? logSumExp, AttentionDropout dropout = default)
    {
        fixed (int* pointer = bounds)
        {
            AttentionShape<V, T> shape = Shape(pointer, bounds, heads, reach, y.Columns, dropout);
            _loops.Run((bounds.Length - 1) * heads, new AttentionKernel<V, T>
            {
                Shape = shape,
                Scratch = Scratch(_loops.Count * AttentionKernel<V, T>.ScratchLength(shape)),
                Qkv = Pointer(qkv),
                Y = Pointer(y),
                LogSumExp = logSumExp is Tensor sums ? Pointer(sums) : null,
            });
        }
    }

    public override void AttendBackward(Tensor qkv, ReadOnlySpan<int> bounds, int heads, int reach, Tensor y, Tensor logSumExp, Tensor dy, Tensor dqkv, AttentionDropout dropout = default)
    {
        fixed (int* pointer = bounds)
        {
            AttentionShape<V, T> shape = Shape(pointer, bounds, heads, reach, y.Columns, dropout);
            _loops.Run((bounds.Length - 1) * heads, new AttentionBackwardKernel<V, T>
            {
                Shape = shape,
                Scratch = Scratch(_loops.Count * AttentionBackwardKernel<V, T>.ScratchLength(shape)),
                Qkv = Pointer(qkv),
                Y = Pointer(y),
                LogSumExp = Pointer(logSumExp),
                Dy = Pointer(dy),
                Dqkv = Pointer(dqkv),
            });
        }
    }

    private static AttentionShape<V, T> Shape(int* pointer, ReadOnlySpan<int> bounds, int heads, int reach, int width, AttentionDropout dropout)
    {
        if (width % heads != 0)
            throw new ArgumentException($"A width of {width} does not divide into {heads} heads.");
        ArgumentOutOfRangeException.ThrowIfNegative(reach);
        int longest = Longest(bounds);
        return new()
        {
            Bounds = pointer,
            Heads = heads,
            HeadWidth = width / heads,
            Width = width,
            Reach = Math.Min(reach, longest),
            Longest = longest,
            Dropout = dropout,
        };
    }

    private static int Longest(ReadOnlySpan<int> bounds)
    {
        int longest = 0;
        for (int i = 0; i + 1 < bounds.Length; i++)
            longest = Math.Max(longest, bounds[i + 1] - bounds[i]);
        return longest;
    }

    private T* RotaryTable(double theta, int half, bool inverse, int positions)
    {
        if (!_rotaryTables.TryGetValue((theta, half, inverse), out CpuBuffer<T>? table) || table.Length < 2L * half * positions)
        {
            table?.Dispose();
            int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)positions);
            table = new CpuBuffer<T>(2L * half * capacity);
            RotaryKernel<V, T>.FillTable(table.Pointer, capacity, half, theta, inverse);
            _rotaryTables[(theta, half, inverse)] = table;
        }
        return table.Pointer;
    }
}
