using System.Numerics;
using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion;

/// <summary>
/// Draws a token from a row of logits: banned ids out, then temperature, then top-k, then top-p, then one uniform by inverse
/// cumulative soft-max. Nothing is sorted: top-k is a heap that a vector compare guards, top-p a selection by mass, both linear in
/// the vocabulary. Holds buffers: one instance for each thread.
/// </summary>
internal sealed class TokenFilter
{
    private readonly int[] _banned;
    private readonly double _temperature;
    private readonly int _topK;
    private readonly double _topP;
    private readonly double[] _blockSums;
    private readonly ulong[] _candidates;

    /// <summary>Makes a filter.</summary>
    /// <param name="vocabularySize">The number of logits in a row.</param>
    /// <param name="temperature">0 for the most likely token; else logits are divided by it.</param>
    /// <param name="topK">How many of the most likely tokens stay; 0 for all.</param>
    /// <param name="topP">The most likely tokens stay that together reach this probability, at least one; 1 for all.</param>
    /// <param name="banned">Ids that are never drawn.</param>
    public TokenFilter(int vocabularySize, double temperature, int topK, double topP, IEnumerable<int> banned)
    {
        _banned = [.. banned.Where(id => (uint)id < (uint)vocabularySize).Distinct()];
        if (_banned.Length >= vocabularySize)
            throw new ArgumentException($"All {vocabularySize} tokens are banned, so nothing can be written. Ban fewer.", nameof(banned));
        (_temperature, _topP) = (temperature, topP);
        _topK = topK >= vocabularySize ? 0 : topK;
        _blockSums = new double[(vocabularySize + SoftMax.BlockLength - 1) / SoftMax.BlockLength];
        _candidates = _topK > 0 ? new ulong[_topK] : topP < 1 ? new ulong[vocabularySize] : [];
    }

    /// <summary>Draws a token.</summary>
    /// <param name="logits">The row; overwritten.</param>
    /// <param name="uniform">The draw's uniform in (0, 1).</param>
    /// <param name="token">The token drawn.</param>
    /// <param name="confidence">
    /// Where <paramref name="wantsConfidence"/>: the greatest probability of the row, of what the model says: after the bans, before
    /// temperature, top-k and top-p (which at temperature 0 would make every row certain). It is not the drawn token's.
    /// </param>
    /// <param name="wantsConfidence">Whether to compute the confidence.</param>
    /// <returns>False where the row has a NaN or +∞, or nothing that may be drawn.</returns>
    public bool TryDraw(Span<float> logits, double uniform, bool wantsConfidence, out int token, out double confidence)
    {
        (token, confidence) = (-1, double.NaN);
        foreach (int id in _banned)
            logits[id] = float.NegativeInfinity;
        float max = SoftMax.Max(logits);
        if (!float.IsFinite(max))
            return false;

        if (_temperature == 0)
        {
            if (wantsConfidence)
                confidence = 1 / SoftMax.SumExp(logits, max);
            token = logits.IndexOf(max);
            return true;
        }
        if (wantsConfidence && _temperature != 1)
            confidence = 1 / SoftMax.SumExp(logits, max);
        float scale = (float)Math.Min(1 / _temperature, 1e30); // so that 0 · scale stays 0
        double total = SoftMax.Exp(logits, max, scale, _blockSums);
        if (wantsConfidence && _temperature == 1)
            confidence = 1 / total;

        if (_topK == 0 && _topP >= 1)
        {
            token = Pick(logits, uniform * total);
            return true;
        }
        Span<ulong> kept;
        if (_topK > 0)
        {
            kept = _candidates;
            KeepGreatest(logits, kept);
            total = 0;
            foreach (ulong candidate in kept)
                total += Weight(candidate);
        }
        else
        {
            // Tokens rarer than (1 − p) / V have less than 1 − p together: the nucleus is among the others.
            kept = _candidates.AsSpan(0, Collect(logits, (float)((1 - _topP) * total / logits.Length * .999)));
        }
        if (_topP < 1)
            kept = kept[..Nucleus(kept, _topP * total, ref total)];
        token = Pick(kept, uniform * total);
        return true;
    }

    // A candidate is the bits of its weight (which order as the weights do: none is negative), then the complement of its id, so
    // that of equal weights the lower id is the greater candidate.
    private static ulong Candidate(float weight, int id) => (ulong)BitConverter.SingleToUInt32Bits(weight) << 32 | ~(uint)id;

    private static float Weight(ulong candidate) => BitConverter.UInt32BitsToSingle((uint)(candidate >> 32));

    private static int Id(ulong candidate) => (int)~(uint)candidate;

    private int Pick(ReadOnlySpan<float> weights, double target)
    {
        int block = 0, last = -1;
        for (; block < _blockSums.Length; block++)
        {
            if (_blockSums[block] > 0)
                last = block;
            if (target < _blockSums[block])
                break;
            target -= _blockSums[block];
        }
        if (block == _blockSums.Length) // rounding passed the end
            block = last;
        int start = block * SoftMax.BlockLength, end = Math.Min(start + SoftMax.BlockLength, weights.Length), token = -1;
        for (int i = start; i < end; i++)
        {
            if (weights[i] <= 0)
                continue;
            token = i;
            if (target < weights[i])
                break;
            target -= weights[i];
        }
        return token;
    }

    private static int Pick(ReadOnlySpan<ulong> candidates, double target)
    {
        int token = -1;
        foreach (ulong candidate in candidates)
        {
            float weight = Weight(candidate);
            if (weight <= 0)
                continue;
            token = Id(candidate);
            if (target < weight)
                break;
            target -= weight;
        }
        return token;
    }

    private int Collect(ReadOnlySpan<float> weights, float floor)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(weights);
        Vector<float> floors = new(floor);
        int count = 0;
        for (int i = 0; i < weights.Length;)
        {
            int vector = i / Vector<float>.Count, end = weights.Length;
            if (vector < vectors.Length)
            {
                end = i + Vector<float>.Count;
                if (!Vector.GreaterThanOrEqualAny(vectors[vector], floors))
                {
                    i = end;
                    continue;
                }
            }
            for (; i < end; i++)
            {
                if (weights[i] >= floor && weights[i] > 0)
                    _candidates[count++] = Candidate(weights[i], i);
            }
        }
        return count;
    }

    private static void KeepGreatest(ReadOnlySpan<float> weights, Span<ulong> heap)
    {
        for (int i = 0; i < heap.Length; i++)
            heap[i] = Candidate(weights[i], i);
        for (int i = heap.Length / 2 - 1; i >= 0; i--)
            SiftDown(heap, i);
        int at = heap.Length;
        float least = Weight(heap[0]);
        while (at < weights.Length)
        {
            int end = Math.Min(at + 64, weights.Length);
            ReadOnlySpan<float> part = weights[at..end];
            if (HasAbove(part, least))
            {
                for (int i = 0; i < part.Length; i++)
                {
                    if (part[i] <= least) // of equal weights the lower ids stay
                        continue;
                    heap[0] = Candidate(part[i], at + i);
                    SiftDown(heap, 0);
                    least = Weight(heap[0]);
                }
            }
            at = end;
        }
    }

    private static bool HasAbove(ReadOnlySpan<float> weights, float least)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(weights);
        Vector<float> bound = new(least);
        foreach (Vector<float> v in vectors)
        {
            if (Vector.GreaterThanAny(v, bound))
                return true;
        }
        return vectors.Length * Vector<float>.Count < weights.Length;
    }

    private static void SiftDown(Span<ulong> heap, int i)
    {
        ulong moving = heap[i];
        for (int child = 2 * i + 1; child < heap.Length; child = 2 * i + 1)
        {
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
                child++;
            if (heap[child] >= moving)
                break;
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = moving;
    }

    /// <summary>
    /// Moves to the front the fewest greatest candidates whose weights reach <paramref name="mass"/>: quickselect, by mass instead of
    /// by rank.
    /// </summary>
    /// <returns>How many those are, at least one; <paramref name="total"/> is their mass.</returns>
    private static int Nucleus(Span<ulong> candidates, double mass, ref double total)
    {
        int low = 0, high = candidates.Length;
        double before = 0; // the mass of [0, low), all greater than the rest and all kept
        while (high - low > 1)
        {
            ulong a = candidates[low], b = candidates[low + (high - low) / 2], c = candidates[high - 1];
            ulong pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            int store = low;
            double greater = 0;
            for (int i = low; i < high; i++)
            {
                if (candidates[i] > pivot)
                {
                    greater += Weight(candidates[i]);
                    (candidates[store], candidates[i]) = (candidates[i], candidates[store]);
                    store++;
                }
            }
            if (before + greater >= mass)
            {
                high = store;
                continue;
            }
            int at = store + candidates[store..high].IndexOf(pivot);
            (candidates[store], candidates[at]) = (candidates[at], candidates[store]);
            before += greater + Weight(pivot);
            low = store + 1;
            if (before >= mass)
            {
                total = before;
                return low;
            }
        }
        if (low < high)
            before += Weight(candidates[low++]);
        total = before;
        return Math.Max(low, 1);
    }
}
