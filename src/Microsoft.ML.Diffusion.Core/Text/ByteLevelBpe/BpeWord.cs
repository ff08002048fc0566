namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// The tokens of one word while pairs are merged; each thread reuses an instance between words. Merges the pair of the smallest rank, the
/// leftmost among equals, until no pair can be merged: short words by scanning, long ones with a heap (n log n).
/// </summary>
internal sealed class BpeWord
{
    private const int ScanLimit = 64;
    private const int KeepLimit = 1 << 16;

    private int[] _ids = new int[ScanLimit];
    private int[] _ends = new int[ScanLimit];
    private int[] _ranks = new int[ScanLimit];
    private int[] _previous = [];
    private int[] _next = [];
    private readonly PriorityQueue<int, long> _queue = new();

    /// <summary>The number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens' ids, [Count].</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Where each token ends, in bytes of the word (exclusive), [Count].</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>Starts a word.</summary>
    public void Clear()
    {
        Count = 0;
        if (_ids.Length > KeepLimit)
        {
            (_ids, _ends, _ranks) = (new int[ScanLimit], new int[ScanLimit], new int[ScanLimit]);
            (_previous, _next) = ([], []);
            _queue.Clear();
            _queue.TrimExcess();
        }
    }

    /// <summary>Adds the token of the word's next byte.</summary>
    public void Add(int id)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, 2 * Count);
            Array.Resize(ref _ends, 2 * Count);
        }
        _ids[Count] = id;
        _ends[Count] = ++Count;
    }

    /// <summary>Merges until no pair can be merged.</summary>
    public void Merge(BpeMerges merges)
    {
        if (Count <= ScanLimit)
            MergeByScanning(merges);
        else
            MergeByHeap(merges);
    }

    private void MergeByScanning(BpeMerges merges)
    {
        int count = Count;
        Span<int> ids = _ids.AsSpan(0, count), ends = _ends.AsSpan(0, count), ranks = _ranks.AsSpan(0, ScanLimit);
        for (int i = 0; i + 1 < count; i++)
            ranks[i] = merges.Rank(ids[i], ids[i + 1]);
        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
            {
                if (ranks[i] < ranks[best])
                    best = i;
            }
            int rank = ranks[best];
            if (rank == BpeMerges.None)
                break;
            ids[best] = merges.Joined(rank);
            ends[best] = ends[best + 1];
            count--;
            ids[(best + 2)..(count + 1)].CopyTo(ids[(best + 1)..]);
            ends[(best + 2)..(count + 1)].CopyTo(ends[(best + 1)..]);
            if (best + 1 < count)
            {
                ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
                ranks[best] = merges.Rank(ids[best], ids[best + 1]);
            }
            if (best > 0)
                ranks[best - 1] = merges.Rank(ids[best - 1], ids[best]);
        }
        Count = count;
    }

    private void MergeByHeap(BpeMerges merges)
    {
        int count = Count;
        if (_next.Length < count)
            (_previous, _next, _ranks) = (new int[_ids.Length], new int[_ids.Length], new int[_ids.Length]);
        _queue.Clear();
        for (int i = 0; i < count; i++)
        {
            (_previous[i], _next[i]) = (i - 1, i + 1);
            Push(merges, i, count);
        }
        while (_queue.TryDequeue(out int position, out long key))
        {
            // A stale entry: the pair at this place has changed since.
            int rank = (int)(key >> 32);
            if (_ranks[position] != rank)
                continue;
            int right = _next[position], after = _next[right];
            _ids[position] = merges.Joined(rank);
            _ends[position] = _ends[right];
            _ranks[right] = -1;
            _next[position] = after;
            if (after < count)
                _previous[after] = position;
            Push(merges, position, count);
            if (_previous[position] >= 0)
                Push(merges, _previous[position], count);
        }
        int written = 0;
        for (int i = 0; i < count; i = _next[i])
            (_ids[written], _ends[written++]) = (_ids[i], _ends[i]);
        Count = written;
    }

    private void Push(BpeMerges merges, int position, int count)
    {
        int right = _next[position];
        int rank = right < count ? merges.Rank(_ids[position], _ids[right]) : BpeMerges.None;
        _ranks[position] = rank;
        if (rank != BpeMerges.None)
            _queue.Enqueue(position, (long)rank << 32 | (uint)position);
    }
}
