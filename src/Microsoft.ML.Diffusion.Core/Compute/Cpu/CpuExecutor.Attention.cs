using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

internal sealed unsafe partial class CpuExecutor<V, T>
{
    private readonly Dictionary<(double Theta, int Half, bool Inverse), CpuBuffer<T>> _rotaryTables = [];

    public override void Rotate(Tensor qkv, Sequences sequences, int heads, double theta, bool inverse)
    {
        int width = qkv.Columns / 3, half = width / heads / 2;
        T* table = RotaryTable(theta, half, inverse, sequences.Longest);
        RotaryKernel<V, T>.Run(_loops, Pointer(qkv), Positions(sequences), table, qkv.Rows, width, half);
    }

    public override void Attend(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor? logSumExp,
        AttentionDropout dropout)
    {
        AttentionShape<V, T> shape = Shape(sequences, heads, pattern, bias, y.Columns, dropout);
        _loops.Run(sequences.Count * heads, new AttentionKernel<V, T>
        {
            Shape = shape,
            Scratch = Scratch(_loops.Count * AttentionKernel<V, T>.ScratchLength(shape)),
            Qkv = Pointer(qkv),
            Y = Pointer(y),
            LogSumExp = logSumExp is Tensor sums ? Pointer(sums) : null,
        });
    }

    public override void AttendBackward(
        Tensor qkv, Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, Tensor y, Tensor logSumExp,
        Tensor dy, Tensor dqkv,
        Tensor? dbias, bool accumulate, AttentionDropout dropout)
    {
        AttentionShape<V, T> shape = Shape(sequences, heads, pattern, bias, y.Columns, dropout);
        int items = sequences.Count * heads;
        long scratch = _loops.Count * AttentionBackwardKernel<V, T>.ScratchLength(shape);
        T* memory = Scratch(scratch + (dbias is null ? 0 : items * shape.Distances));
        _loops.Run(items, new AttentionBackwardKernel<V, T>
        {
            Shape = shape,
            Scratch = memory,
            Qkv = Pointer(qkv),
            Y = Pointer(y),
            LogSumExp = Pointer(logSumExp),
            Dy = Pointer(dy),
            Dqkv = Pointer(dqkv),
            BiasShares = dbias is null ? null : memory + scratch,
        });
        if (dbias is Tensor gradient)
            BiasGradientKernel<V, T>.Run(_loops, memory + scratch, sequences.Count, heads, shape.Distances, Pointer(gradient), accumulate);
    }

    private AttentionShape<V, T> Shape(
        Sequences sequences, int heads, AttentionPattern pattern, Tensor? bias, int width, AttentionDropout dropout) => new()
    {
        Bounds = Bounds(sequences),
        Heads = heads,
        HeadWidth = width / heads,
        Width = width,
        Before = Math.Min(pattern.Before, sequences.Longest),
        After = Math.Min(pattern.After, sequences.Longest),
        Longest = sequences.Longest,
        Bias = bias is Tensor added ? Pointer(added) : null,
        Dropout = dropout,
    };

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
