using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>Softmax attention of one head in one sequence, a block of queries at a time; no n × n matrix is stored.</summary>
internal unsafe struct AttentionKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public AttentionShape<V, T> Shape;
    public T* Qkv, Y, LogSumExp, Scratch;

    /// <summary>Elements of scratch memory for each worker.</summary>
    public static long ScratchLength(in AttentionShape<V, T> shape) =>
        Gemm<V, T>.SerialScratchLength + shape.KeysAsColumns + shape.KeysAsRows + shape.Scores + shape.BiasOfHead;

    public readonly void Execute(int item, int worker)
    {
        int head = item % Shape.Heads, start = Shape.Bounds[item / Shape.Heads], length = Shape.Bounds[item / Shape.Heads + 1] - start;
        T* query = Qkv + start * Shape.Stride + head * Shape.HeadWidth;
        T* key = query + Shape.Width, value = key + Shape.Width;
        T* scratch = Scratch + worker * ScratchLength(Shape);
        T* keyPanels = scratch + Gemm<V, T>.SerialScratchLength;
        T* valuePanels = keyPanels + Shape.KeysAsColumns;
        T* scores = valuePanels + Shape.KeysAsRows, bias = scores + Shape.Scores;
        T scale = Shape.ScaleOfScores;
        Shape.CopyBias(head, bias);
        PackTransposed<V, T>.Serial(key, Shape.Stride, Shape.HeadWidth, length, keyPanels);
        PackRows<V, T>.Serial(value, Shape.Stride, length, Shape.HeadWidth, valuePanels);
        int panelWidth = Panels.Width<V, T>();
        T* sums = stackalloc T[AttentionShape<V, T>.QueryBlock];
        for (int first = 0; first < length; first += AttentionShape<V, T>.QueryBlock)
        {
            int queries = Math.Min(AttentionShape<V, T>.QueryBlock, length - first);
            (int firstKey, int endKey) = Shape.Keys(first, queries, length);
            int keys = endKey - firstKey;
            Shape.ScoreBlock(query + first * Shape.Stride, first, queries, keyPanels, firstKey, endKey, bias, scores, scratch);
            T* y = Y + (long)(start + first) * Shape.Width + head * Shape.HeadWidth;
            for (int i = 0; i < queries; i++)
            {
                T* row = scores + (nint)i * keys;
                T shift = RowSoftmax<V, T>.Max(row, keys) * scale;
                sums[i] = RowSoftmax<V, T>.Exponentials(row, keys, scale, shift);
                if (LogSumExp is not null)
                    LogSumExp[(long)(start + first + i) * Shape.Heads + head] = shift + T.Log(sums[i]);
                Shape.Drop(row, head, first + i, firstKey, keys);
            }
            Gemm<V, T>.Serial(
                scores, keys, 1, valuePanels + (long)firstKey * panelWidth, length, y, Shape.Width, queries, Shape.HeadWidth,
                keys, false, scratch);
            for (int i = 0; i < queries; i++)
                RowSoftmax<V, T>.Scale(y + (nint)i * Shape.Width, Shape.HeadWidth, T.One / sums[i]);
        }
    }
}
