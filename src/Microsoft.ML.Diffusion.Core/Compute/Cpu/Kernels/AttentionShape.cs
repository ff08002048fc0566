using System.Numerics;

namespace Microsoft.ML.Diffusion.Compute.Cpu;

/// <summary>What the forward and the backward of attention share: shapes, scratch memory, and one block of scores.</summary>
internal unsafe struct AttentionShape<V, T>
    where V : unmanaged, ILanes<V, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Queries taken together.</summary>
    public const int QueryBlock = 64;

    public int* Bounds;
    public int Heads, HeadWidth, Width, Reach, Longest;
    public AttentionDropout Dropout;

    /// <summary>The distance of rows in the packed queries, keys and values.</summary>
    public readonly nint Stride => 3 * Width;

    public readonly T Scale => T.CreateTruncating(1 / Math.Sqrt(HeadWidth));

    /// <summary>Elements of panels that hold every key (or value) of the longest sequence as columns.</summary>
    public readonly long KeysAsColumns => Panels.Length<V, T>(Longest, HeadWidth);

    /// <summary>Elements of panels that hold every key (or value) of the longest sequence as rows.</summary>
    public readonly long KeysAsRows => Panels.Length<V, T>(HeadWidth, Longest);

    /// <summary>Elements of a block of scores.</summary>
    public readonly long Scores => (long)QueryBlock * Longest;

    /// <summary>The keys that the queries [first, first + count) see, from a panel's start: first key and end.</summary>
    public readonly (int First, int End) Keys(int first, int count, int length)
    {
        if (Reach >= length)
            return (0, length);
        int width = Panels.Width<V, T>();
        return (Math.Max(0, first - Reach) / width * width, Math.Min(length, first + count + Reach));
    }

    /// <summary>Drops from a query's probabilities of the keys [firstKey, firstKey + keys), or from gradients with respect to them.</summary>
    public readonly void Drop(T* row, int head, int query, int firstKey, int keys)
    {
        if (Dropout.Rate > 0)
            new DropMask<V, T>(Dropout.Rate, Dropout.Key).Apply((ulong)head << 32 | (uint)query, firstKey, row, row, keys, accumulate: false);
    }

    /// <summary>The scores of a block of queries against the keys [firstKey, endKey): −∞ beyond reach.</summary>
    public readonly void ScoreBlock(T* query, int firstQuery, int queries, T* keyPanels, int firstKey, int endKey, T* scores, T* scratch)
    {
        int keys = endKey - firstKey;
        Gemm<V, T>.Serial(query, Stride, 1, keyPanels + (long)firstKey * HeadWidth, HeadWidth, scores, keys, queries, keys, HeadWidth, false, scratch);
        if (Reach >= Longest)
            return;
        for (int i = 0; i < queries; i++)
        {
            T* row = scores + (nint)i * keys;
            int near = Math.Max(firstKey, firstQuery + i - Reach), far = Math.Min(endKey, firstQuery + i + Reach + 1);
            new Span<T>(row, near - firstKey).Fill(T.NegativeInfinity);
            new Span<T>(row + far - firstKey, endKey - far).Fill(T.NegativeInfinity);
        }
    }
}
