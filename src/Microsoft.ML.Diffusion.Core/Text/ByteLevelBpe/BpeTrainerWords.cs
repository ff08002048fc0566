using System.Runtime.InteropServices;
using System.Text;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// The distinct words of a training text as tokens, with the counts of words and of adjacent pairs of tokens. The counts are updated as
/// pairs are merged, visiting only the words that contain them.
/// </summary>
internal sealed class BpeTrainerWords
{
    private readonly int[] _tokens;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly long[] _counts;
    private readonly Dictionary<long, Pair> _pairs = [];

    // May hold several entries for a pair: an entry is stale if its count is no longer the pair's.
    private readonly PriorityQueue<(long Pair, long Count), (long Count, long Pair)> _queue = new(Comparer<(long Count, long Pair)>.Create(
        static (first, second) => first.Count != second.Count ? second.Count.CompareTo(first.Count) : first.Pair.CompareTo(second.Pair)));

    public BpeTrainerWords(Dictionary<string, long> words, int[] byteIds)
    {
        // In ordinal order, so that the result does not depend on the order of the texts.
        string[] sorted = [.. words.Keys];
        Array.Sort(sorted, string.CompareOrdinal);
        _starts = new int[sorted.Length];
        _lengths = new int[sorted.Length];
        _counts = new long[sorted.Length];
        _tokens = new int[sorted.Sum(Encoding.UTF8.GetByteCount)];
        int used = 0;
        for (int word = 0; word < sorted.Length; word++)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(sorted[word]);
            (_starts[word], _lengths[word], _counts[word]) = (used, utf8.Length, words[sorted[word]]);
            foreach (byte value in utf8)
                _tokens[used++] = byteIds[value];
            Span<int> tokens = Tokens(word);
            for (int i = 0; i + 1 < tokens.Length; i++)
                AddPair(Key(tokens[i], tokens[i + 1]), _counts[word], word);
        }
        foreach ((long key, Pair pair) in _pairs)
            Enqueue(key, pair.Count);
    }

    /// <summary>The number of distinct words.</summary>
    public int Count => _starts.Length;

    /// <summary>
    /// The most frequent pair, if it occurs at least twice; among equals the one with the smallest ids, the left one first.
    /// </summary>
    public bool TryTakeMostFrequent(out int left, out int right)
    {
        while (_queue.TryDequeue(out (long Pair, long Count) entry, out _))
        {
            long now = _pairs.TryGetValue(entry.Pair, out Pair? pair) ? pair.Count : 0;
            if (now == entry.Count && now >= 2)
            {
                (left, right) = ((int)(entry.Pair >> 32), (int)entry.Pair);
                return true;
            }
            if (now < entry.Count && now >= 2)
                Enqueue(entry.Pair, now);
        }
        (left, right) = (0, 0);
        return false;
    }

    /// <summary>Merges a pair wherever it occurs, from left to right.</summary>
    public void Join(int left, int right, int joined)
    {
        long key = Key(left, right);
        if (!_pairs.Remove(key, out Pair? pair))
            return;
        var risen = new HashSet<long>();
        int previous = -1;
        foreach (int word in pair.Words)
        {
            // A word is listed once for each time that the pair arose in it.
            if (word == previous)
                continue;
            previous = word;
            JoinIn(word, left, right, joined, risen);
        }
        foreach (long changed in risen)
        {
            if (_pairs.TryGetValue(changed, out Pair? now))
                Enqueue(changed, now.Count);
        }
    }

    private void JoinIn(int word, int left, int right, int joined, HashSet<long> risen)
    {
        Span<int> tokens = Tokens(word);
        bool found = false;
        for (int i = 0; i + 1 < tokens.Length && !found; i++)
            found = tokens[i] == left && tokens[i + 1] == right;
        if (!found)
            return;
        long count = _counts[word];
        for (int i = 0; i + 1 < tokens.Length; i++)
            Discount(Key(tokens[i], tokens[i + 1]), count);
        int written = 0;
        for (int i = 0; i < tokens.Length;)
        {
            if (i + 1 < tokens.Length && tokens[i] == left && tokens[i + 1] == right)
            {
                tokens[written++] = joined;
                i += 2;
            }
            else
                tokens[written++] = tokens[i++];
        }
        _lengths[word] = written;
        for (int i = 0; i + 1 < written; i++)
        {
            long key = Key(tokens[i], tokens[i + 1]);
            if (tokens[i] == joined || tokens[i + 1] == joined)
            {
                AddPair(key, count, word);
                risen.Add(key);
            }
            else if (_pairs.TryGetValue(key, out Pair? pair))
                pair.Count += count;
        }
    }

    private void Discount(long key, long count)
    {
        if (_pairs.TryGetValue(key, out Pair? pair))
            pair.Count -= count;
    }

    private void AddPair(long key, long count, int word)
    {
        ref Pair? pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
        pair ??= new Pair();
        pair.Count += count;
        if (pair.Words.Count == 0 || pair.Words[^1] != word)
            pair.Words.Add(word);
    }

    private void Enqueue(long key, long count)
    {
        if (count >= 2)
            _queue.Enqueue((key, count), (count, key));
    }

    private Span<int> Tokens(int word) => _tokens.AsSpan(_starts[word], _lengths[word]);

    private static long Key(int left, int right) => (long)left << 32 | (uint)right;

    private sealed class Pair
    {
        public long Count;
        public readonly List<int> Words = [];
    }
}
