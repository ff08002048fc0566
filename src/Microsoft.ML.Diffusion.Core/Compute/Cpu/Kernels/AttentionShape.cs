using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>The common part of the forward and the backward of attention: shapes, scratch memory, and one block of scores.</summary>
internal unsafe struct AttentionShape<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of queries computed together.</summary>
    public const int QueryBlock = 64;

    public int* Bounds;
    public int Heads, HeadWidth, Width, Longest;

    /// <summary>The number of positions before and after its own that a position sees, at most the longest.</summary>
    public int Before, After;

    /// <summary>[<see cref="Distances"/> × heads], added to the scores; null for none.</summary>
    public T* Bias;

    public AttentionDropout Dropout;

    /// <summary>The stride of rows in the packed queries, keys and values.</summary>
    public readonly nint Stride => 3 * Width;

    public readonly T Scale => T.CreateTruncating(1 / Math.Sqrt(HeadWidth));

    /// <summary>The factor still to be applied to a block's scores: with a bias they are scaled before it is added.</summary>
    public readonly T ScaleOfScores => Bias is null ? Scale : T.One;

    /// <summary>The distances between two positions of the longest sequence.</summary>
    public readonly long Distances => Math.Max(0, 2L * Longest - 1);

    /// <summary>Elements of one head's bias.</summary>
    public readonly long BiasOfHead => Bias is null ? 0 : Distances;

    /// <summary>Elements of panels that hold every key (or value) of the longest sequence as columns.</summary>
    public readonly long KeysAsColumns => Panels.Length<V, T>(Longest, HeadWidth);

    /// <summary>Elements of panels that hold every key (or value) of the longest sequence as rows.</summary>
    public readonly long KeysAsRows => Panels.Length<V, T>(HeadWidth, Longest);

    /// <summary>Elements of a block of scores.</summary>
    public readonly long Scores => (long)QueryBlock * Longest;

    /// <summary>The keys that the queries [first, first + count) see, from a panel's start: first key and end.</summary>
    public readonly (int First, int End) Keys(int first, int count, int length)
    {
        int width = Panels.Width<V, T>();
        return (Math.Max(0, first - Before) / width * width, (int)Math.Min(length, (long)first + count + After));
    }

    /// <summary>
    /// Applies dropout to a query's probabilities of the keys [firstKey, firstKey + keys), or to the gradients with respect to them.
    /// </summary>
    public readonly void Drop(T* row, int head, int query, int firstKey, int keys)
    {
        if (Dropout.Rate > 0)
            new DropMask<V, T>(Dropout.Rate, Dropout.Key)
                .Apply((ulong)head << 32 | (uint)query, firstKey, row, row, keys, accumulate: false);
    }

    /// <summary>Gathers one head's bias, distance by distance.</summary>
    public readonly void CopyBias(int head, T* biasOfHead)
    {
        for (int i = 0; i < BiasOfHead; i++)
            biasOfHead[i] = Bias[(long)i * Heads + head];
    }

    /// <summary>The index of the distance of a query to a key in a head's bias; those to the following keys come after it.</summary>
    public readonly long DistanceOf(int query, int key) => (long)key - query + Longest - 1;

    /// <summary>
    /// The scores of a block of queries against the keys [firstKey, endKey), to be multiplied by <see cref="ScaleOfScores"/>; −∞ for keys
    /// that a query does not see.
    /// </summary>
    public readonly void ScoreBlock(T* query, int firstQuery, int queries, T* keyPanels, int firstKey, int endKey, T* biasOfHead,
        T* scores, T* scratch)
    {
        int keys = endKey - firstKey;
        Gemm<V, T>.Serial(query, Stride, 1, keyPanels + (long)firstKey * HeadWidth, HeadWidth, scores, keys, queries, keys,
            HeadWidth, false, scratch);
        if (Bias is not null)
        {
            for (int i = 0; i < queries; i++)
                AddBias(scores + (nint)i * keys, biasOfHead + DistanceOf(firstQuery + i, firstKey), keys);
        }
        if (Before >= Longest && After >= Longest)
            return;
        for (int i = 0; i < queries; i++)
        {
            T* row = scores + (nint)i * keys;
            int near = Math.Max(firstKey, firstQuery + i - Before), far = (int)Math.Min(endKey, firstQuery + i + After + 1L);
            new Span<T>(row, near - firstKey).Fill(T.NegativeInfinity);
            new Span<T>(row + far - firstKey, endKey - far).Fill(T.NegativeInfinity);
        }
    }

    private readonly void AddBias(T* scores, T* bias, int count)
    {
        V scale = V.Create(Scale);
        int i = 0;
        for (; i <= count - V.Count; i += V.Count)
            V.Store(V.MultiplyAdd(V.Load(scores + i), scale, V.Load(bias + i)), scores + i);
        if (i < count)
            Tail.Store(V.MultiplyAdd(Tail.Load<V, T>(scores + i, count - i), scale, Tail.Load<V, T>(bias + i, count - i)),
                scores + i, count - i);
    }
}
