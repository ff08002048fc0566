using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>
/// The backward of <see cref="AttentionKernel{V, T}"/>: probabilities are recomputed from the scores and the stored log Σ exp (Dao et al.
/// 2022). dP = dY · Vᵀ, dS = P ∘ (dP − rowsum(dY ∘ Y)) · scale, dQ = dS · K, dK = dSᵀ · Q, dV = Pᵀ · dY; with dropout by the mask M, dP = M
/// ∘ (dY · Vᵀ) and dV = (M ∘ P)ᵀ · dY.
/// </summary>
internal unsafe struct AttentionBackwardKernel<V, T> : IParallelBody
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public AttentionShape<V, T> Shape;
    public T* Qkv, Y, LogSumExp, Dy, Dqkv, Scratch;

    /// <summary>[sequences × heads × distances]: each item's contribution to the bias's gradient; null if there is no bias.</summary>
    public T* BiasShares;

    /// <summary>Elements of scratch memory for each worker.</summary>
    public static long ScratchLength(in AttentionShape<V, T> shape) =>
        Gemm<V, T>.SerialScratchLength + 2 * shape.KeysAsColumns + shape.KeysAsRows + 2 * shape.Scores + shape.BiasOfHead
        + Panels.Length<V, T>(shape.HeadWidth, AttentionShape<V, T>.QueryBlock);

    public readonly void Execute(int item, int worker)
    {
        int head = item % Shape.Heads, start = Shape.Bounds[item / Shape.Heads], length = Shape.Bounds[item / Shape.Heads + 1] - start;
        nint stride = Shape.Stride;
        int headWidth = Shape.HeadWidth;
        T* query = Qkv + start * stride + head * headWidth;
        T* key = query + Shape.Width, value = key + Shape.Width;
        T* dQuery = Dqkv + start * stride + head * headWidth;
        T* dKey = dQuery + Shape.Width, dValue = dKey + Shape.Width;
        T* scratch = Scratch + worker * ScratchLength(Shape);
        T* keyColumns = scratch + Gemm<V, T>.SerialScratchLength;
        T* valueColumns = keyColumns + Shape.KeysAsColumns;
        T* keyRows = valueColumns + Shape.KeysAsColumns;
        T* probabilities = keyRows + Shape.KeysAsRows;
        T* gradients = probabilities + Shape.Scores;
        T* bias = gradients + Shape.Scores, blockRows = bias + Shape.BiasOfHead;
        T scale = Shape.ScaleOfScores;
        T* biasShare = BiasShares is null ? null : BiasShares + item * Shape.Distances;
        if (biasShare is not null)
            new Span<T>(biasShare, (int)Shape.Distances).Clear();
        Shape.CopyBias(head, bias);
        PackTransposed<V, T>.Serial(key, stride, headWidth, length, keyColumns);
        PackTransposed<V, T>.Serial(value, stride, headWidth, length, valueColumns);
        PackRows<V, T>.Serial(key, stride, length, headWidth, keyRows);
        for (int row = 0; row < length; row++)
        {
            new Span<T>(dKey + row * stride, headWidth).Clear();
            new Span<T>(dValue + row * stride, headWidth).Clear();
        }
        int panelWidth = Panels.Width<V, T>();
        for (int first = 0; first < length; first += AttentionShape<V, T>.QueryBlock)
        {
            int queries = Math.Min(AttentionShape<V, T>.QueryBlock, length - first);
            (int firstKey, int endKey) = Shape.Keys(first, queries, length);
            int keys = endKey - firstKey;
            T* queryBlock = query + first * stride;
            T* y = Y + (long)(start + first) * Shape.Width + head * headWidth;
            T* dy = Dy + (long)(start + first) * Shape.Width + head * headWidth;
            Shape.ScoreBlock(queryBlock, first, queries, keyColumns, firstKey, endKey, bias, probabilities, scratch);
            Gemm<V, T>.Serial(dy, Shape.Width, 1, valueColumns + (long)firstKey * headWidth, headWidth, gradients, keys, queries, keys,
                headWidth, false, scratch);
            for (int i = 0; i < queries; i++)
            {
                T* p = probabilities + (nint)i * keys;
                RowSoftmax<V, T>.Exponentials(p, keys, scale, LogSumExp[(long)(start + first + i) * Shape.Heads + head]);
                T inner = Dot(dy + (nint)i * Shape.Width, y + (nint)i * Shape.Width, headWidth);
                Shape.Drop(gradients + (nint)i * keys, head, first + i, firstKey, keys);
                T* d = gradients + (nint)i * keys;
                if (biasShare is null)
                    ScoreGradients(p, d, keys, inner, Shape.Scale);
                else
                {
                    ScoreGradients(p, d, keys, inner, T.One);
                    Elementwise<V, T>.Run<First<V>>(d, d, d, biasShare + Shape.DistanceOf(first + i, firstKey), keys, accumulate: true);
                    RowSoftmax<V, T>.Scale(d, keys, Shape.Scale);
                }
                Shape.Drop(p, head, first + i, firstKey, keys);
            }
            PackRows<V, T>.Serial(dy, Shape.Width, queries, headWidth, blockRows);
            Gemm<V, T>.Serial(probabilities, 1, keys, blockRows, queries, dValue + firstKey * stride, stride, keys, headWidth,
                queries, true, scratch);
            Gemm<V, T>.Serial(
                gradients, keys, 1, keyRows + (long)firstKey * panelWidth, length, dQuery + first * stride, stride, queries, headWidth,
                keys, false, scratch);
            PackRows<V, T>.Serial(queryBlock, stride, queries, headWidth, blockRows);
            Gemm<V, T>.Serial(gradients, 1, keys, blockRows, queries, dKey + firstKey * stride, stride, keys, headWidth,
                queries, true, scratch);
        }
    }

    /// <summary>d = p · (d − inner) · factor.</summary>
    private static void ScoreGradients(T* p, T* d, int count, T inner, T factor)
    {
        V offset = V.Create(inner), scale = V.Create(factor);
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            V.Store(V.Load(p + i) * (V.Load(d + i) - offset) * scale, d + i);
        if (i < count)
            Tail.Store(Tail.Load<V, T>(p + i, count - i) * (Tail.Load<V, T>(d + i, count - i) - offset) * scale, d + i, count - i);
    }

    private static T Dot(T* a, T* b, int count)
    {
        V sum = V.Zero;
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            sum = V.MultiplyAdd(V.Load(a + i), V.Load(b + i), sum);
        if (i < count)
            sum = V.MultiplyAdd(Tail.Load<V, T>(a + i, count - i), Tail.Load<V, T>(b + i, count - i), sum);
        return V.Sum(sum);
    }
}
