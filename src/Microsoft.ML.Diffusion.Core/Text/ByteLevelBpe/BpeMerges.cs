namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>The merges of adjacent tokens, best first: the pair of the smallest rank is merged first.</summary>
internal sealed class BpeMerges
{
    /// <summary>The rank of a pair that is not merged.</summary>
    public const int None = int.MaxValue;

    private readonly int[] _left;
    private readonly int[] _right;
    private readonly int[] _joined;
    private readonly int[] _slots;

    /// <summary>Makes the table. The arrays are not copied; they are indexed by rank.</summary>
    /// <param name="source">The name of the file, for messages.</param>
    /// <param name="left">The left tokens, [ranks].</param>
    /// <param name="right">The right tokens, [ranks].</param>
    /// <param name="joined">The tokens that the pairs form, [ranks].</param>
    /// <exception cref="TokenizerException">A pair occurs twice.</exception>
    public BpeMerges(string source, int[] left, int[] right, int[] joined)
    {
        (_left, _right, _joined) = (left, right, joined);
        int slotCount = 4;
        while (slotCount < left.Length + left.Length / 2)
            slotCount *= 2;
        _slots = new int[slotCount];
        for (int rank = 0; rank < left.Length; rank++)
        {
            int slot = FirstSlot(left[rank], right[rank]);
            for (; _slots[slot] != 0; slot = (slot + 1) & (slotCount - 1))
            {
                int other = _slots[slot] - 1;
                if (left[other] == left[rank] && right[other] == right[rank])
                    throw new TokenizerException($"{source}: the merges {other + 1} and {rank + 1} are the same. Remove one of them.");
            }
            _slots[slot] = rank + 1;
        }
    }

    /// <summary>The number of pairs.</summary>
    public int Count => _left.Length;

    /// <summary>The left token of a pair.</summary>
    public int Left(int rank) => _left[rank];

    /// <summary>The right token of a pair.</summary>
    public int Right(int rank) => _right[rank];

    /// <summary>The token that a pair forms.</summary>
    public int Joined(int rank) => _joined[rank];

    /// <summary>The rank of a pair of tokens, or <see cref="None"/>.</summary>
    public int Rank(int left, int right)
    {
        int mask = _slots.Length - 1;
        for (int slot = FirstSlot(left, right); ; slot = (slot + 1) & mask)
        {
            int rank = _slots[slot] - 1;
            if (rank < 0)
                return None;
            if (_left[rank] == left && _right[rank] == right)
                return rank;
        }
    }

    private int FirstSlot(int left, int right)
    {
        ulong key = ((ulong)(uint)left << 32 | (uint)right) * 0x9E3779B97F4A7C15ul;
        key ^= key >> 32;
        key *= 0xD6E8FEB86659FD93ul;
        return (int)(key >> 33) & (_slots.Length - 1);
    }
}
