namespace Microsoft.ML.Diffusion;

/// <summary>
/// Reads a row of logits and draws from it: temperature, then top-k, then top-p, then one uniform by inverse cumulative soft-max.
/// Nothing is sorted: top-k is a heap that a vector compare guards, top-p a selection by mass, both linear in the vocabulary; a
/// draw without them takes the exponentials of one block. Holds buffers: one instance for each thread.
/// </summary>
internal sealed class TokenFilter
{
    private const int ChunkLength = 64;

    private readonly int[] _banned;
    private readonly float _scale;
    private readonly double _temperature;
    private readonly int _topK;
    private readonly double _topP;
    private readonly float[] _maxima;
    private readonly double[] _plain;
    private readonly double[] _sums;
    private readonly float[] _buffer = new float[LogitBlocks.Length];
    private float[] _keptWeights = [];
    private readonly double[] _bins = new double[Bin(1) + 1];
    private int[] _keptIds = [];
    private ulong[] _candidates = [];
    private float _max;
    private double _total;
    private double _plainTotal;
    private bool _hasPlain;

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
        (_temperature, _topK, _topP) = (temperature, topK, topP);
        _scale = temperature == 0 ? 1 : (float)Math.Clamp(1 / temperature, 1e-30, 1e30); // so that 0 · scale stays 0, and −∞ · scale −∞
        int blocks = (vocabularySize + LogitBlocks.Length - 1) / LogitBlocks.Length;
        (_maxima, _plain, _sums) = (new float[blocks], new double[blocks], new double[blocks]);
        Reserve(topP < 1 ? vocabularySize : Math.Min(topK, vocabularySize));
    }

    /// <summary>Bans what is never drawn, and reads the row: what the other members tell is of this row, until the next is read.</summary>
    /// <param name="logits">The row, [vocabulary].</param>
    /// <param name="needsModel">Whether confidences and probabilities of the model will be asked for.</param>
    /// <returns>False where the row has a NaN or +∞, or nothing that may be drawn.</returns>
    public bool TryRead(Span<float> logits, bool needsModel)
    {
        foreach (int id in _banned)
            logits[id] = float.NegativeInfinity;
        // At temperature 1 the two soft-maxes are one.
        _hasPlain = needsModel || _scale == 1;
        _max = float.MinValue;
        for (int i = 0; i < _maxima.Length; i++)
        {
            ReadOnlySpan<float> block = Block(logits, i);
            float max = _maxima[i] = LogitBlocks.Max(block);
            if (_hasPlain)
                _plain[i] = LogitBlocks.SumExp(block, max, 1);
            if (_scale != 1)
                _sums[i] = LogitBlocks.SumExp(block, max, _scale);
            _max = MathF.Max(_max, max);
        }
        _total = _plainTotal = 0;
        for (int i = 0; i < _maxima.Length; i++)
        {
            double distance = (double)_maxima[i] - _max;
            if (_hasPlain)
                _plainTotal += _plain[i] * Math.Exp(distance);
            if (_scale != 1)
                _total += _sums[i] *= Math.Exp(distance * _scale);
            else
                _sums[i] = _plain[i] * Math.Exp(distance);
        }
        if (_scale == 1)
            _total = _plainTotal;
        return double.IsFinite(_total) && _total > 0 && _max > float.MinValue;
    }

    /// <summary>
    /// How sure the model is of the row read: of what it says after the bans, before temperature, top-k and top-p (which at
    /// temperature 0 would make every row certain). As logarithms for the two that are probabilities, 0 for <see cref="ConfidenceScore.Random"/>.
    /// </summary>
    public double LogConfidence(ReadOnlySpan<float> logits, ConfidenceScore score)
    {
        switch (score)
        {
            case ConfidenceScore.MaxProbability:
                return -Math.Log(_plainTotal);
            case ConfidenceScore.Margin:
                return Math.Log((1 - Math.Exp((double)Second(logits) - _max)) / _plainTotal);
            case ConfidenceScore.NegativeEntropy:
                double sum = 0; // Σ e^d · d, d = logit − max
                for (int i = 0; i < _maxima.Length; i++)
                {
                    double distance = (double)_maxima[i] - _max, weight = Math.Exp(distance);
                    if (weight > 0)
                        sum += weight * (LogitBlocks.SumExpTimes(Block(logits, i), _maxima[i]) + distance * _plain[i]);
                }
                return sum / _plainTotal - Math.Log(_plainTotal);
            default:
                return 0;
        }
    }

    /// <summary>The logarithm of a token's probability in the row read, as the model says: after the bans, before temperature, top-k and top-p.</summary>
    public double LogProbability(ReadOnlySpan<float> logits, int token) => (double)logits[token] - _max - Math.Log(_plainTotal);

    /// <summary>The most likely token of the row read; of equals the lowest id.</summary>
    public int MostLikely(ReadOnlySpan<float> logits)
    {
        int block = _maxima.AsSpan().IndexOf(_max);
        return block * LogitBlocks.Length + Block(logits, block).IndexOf(_max);
    }

    /// <summary>Draws a token from the row read.</summary>
    /// <param name="logits">The row.</param>
    /// <param name="uniform">The draw's uniform in (0, 1).</param>
    /// <param name="topK">How many of the most likely tokens stay, if fewer than by the filter's own number; 0 for no further limit.</param>
    public int Draw(ReadOnlySpan<float> logits, double uniform, int topK = 0)
    {
        if (_temperature == 0)
            return MostLikely(logits);
        int keep = Math.Min(topK > 0 ? topK : int.MaxValue, _topK > 0 ? _topK : int.MaxValue);
        if (keep >= logits.Length && _topP >= 1)
            return Pick(logits, uniform * _total);
        double total = _total;
        int count;
        if (keep < logits.Length)
        {
            count = KeepGreatest(logits, keep);
            total = 0;
            foreach (float weight in _keptWeights.AsSpan(0, count))
                total += weight;
        }
        else
        {
            // Tokens rarer than (1 − p) / V have less than 1 − p together: the nucleus is among the others.
            count = KeepAbove(logits, MathF.BitDecrement((float)(_max + Math.Log((1 - _topP) * total / logits.Length * .999) / _scale)));
        }
        ulong least = _topP < 1 ? Nucleus(count, _topP * total, ref total) : 0;
        return PickKept(count, least, uniform * total);
    }

    private static ReadOnlySpan<float> Block(ReadOnlySpan<float> logits, int index) =>
        logits.Slice(index * LogitBlocks.Length, Math.Min(LogitBlocks.Length, logits.Length - index * LogitBlocks.Length));

    // A candidate is the bits of its weight (which order as the weights do: none is negative), then the complement of its id, so
    // that of equal weights the lower id is the greater candidate.
    private static ulong Candidate(float weight, int id) => (ulong)BitConverter.SingleToUInt32Bits(weight) << 32 | ~(uint)id;

    private static float Weight(ulong candidate) => BitConverter.UInt32BitsToSingle((uint)(candidate >> 32));

    private static int Id(ulong candidate) => (int)~(uint)candidate;

    // The bits of a float, turned so that they order as the floats do, negative ones too.
    private static ulong Ordered(float logit, int id)
    {
        int bits = BitConverter.SingleToInt32Bits(logit);
        return (ulong)((uint)bits ^ (uint)(bits >> 31) ^ (bits < 0 ? 0 : 0x80000000)) << 32 | ~(uint)id;
    }

    private float Second(ReadOnlySpan<float> logits)
    {
        int most = MostLikely(logits), block = most / LogitBlocks.Length, at = most % LogitBlocks.Length;
        ReadOnlySpan<float> own = Block(logits, block);
        float second = MathF.Max(LogitBlocks.Max(own[..at]), LogitBlocks.Max(own[(at + 1)..]));
        for (int i = 0; i < _maxima.Length; i++)
        {
            if (i != block)
                second = MathF.Max(second, _maxima[i]);
        }
        return second;
    }

    private int Pick(ReadOnlySpan<float> logits, double target)
    {
        int block = 0, last = 0;
        for (; block < _sums.Length; block++)
        {
            if (_sums[block] > 0)
                last = block;
            if (target < _sums[block])
                break;
            target -= _sums[block];
        }
        if (block == _sums.Length) // rounding passed the end
            block = last;
        ReadOnlySpan<float> part = Block(logits, block);
        // Relative to the row's maximum, as the sums are by now.
        Span<float> weights = _buffer.AsSpan(0, part.Length);
        LogitBlocks.Exp(part, _maxima[block], _scale, weights);
        double factor = Math.Exp(((double)_maxima[block] - _max) * _scale);
        int token = -1;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] <= 0)
                continue;
            token = i;
            double weight = weights[i] * factor;
            if (target < weight)
                break;
            target -= weight;
        }
        return block * LogitBlocks.Length + token;
    }

    private int PickKept(int count, ulong least, double target)
    {
        int token = -1;
        for (int i = 0; i < count; i++)
        {
            float weight = _keptWeights[i];
            if (weight <= 0 || Candidate(weight, _keptIds[i]) < least)
                continue;
            token = _keptIds[i];
            if (target < weight)
                break;
            target -= weight;
        }
        return token;
    }

    private void Reserve(int count)
    {
        if (_candidates.Length < count)
            (_keptIds, _keptWeights, _candidates) = (new int[count], new float[count], new ulong[count]);
    }

    private int KeepAbove(ReadOnlySpan<float> logits, float floor)
    {
        int count = 0;
        for (int start = 0; start < logits.Length; start += ChunkLength)
        {
            ReadOnlySpan<float> part = logits.Slice(start, Math.Min(ChunkLength, logits.Length - start));
            if (LogitBlocks.Max(part) < floor)
                continue;
            for (int i = 0; i < part.Length; i++)
            {
                _keptIds[count] = start + i;
                _keptWeights[count] = part[i];
                count += part[i] >= floor ? 1 : 0; // no branch to guess: each may go either way
            }
        }
        LogitBlocks.Exp(_keptWeights.AsSpan(0, count), _max, _scale, _keptWeights);
        return count;
    }

    private int KeepGreatest(ReadOnlySpan<float> logits, int keep)
    {
        Reserve(keep); // a sampler may ask for more than the settings
        Span<ulong> heap = _candidates.AsSpan(0, keep);
        for (int i = 0; i < heap.Length; i++)
            heap[i] = Ordered(logits[i], i);
        for (int i = heap.Length / 2 - 1; i >= 0; i--)
            SiftDown(heap, i);
        float least = logits[Id(heap[0])];
        for (int start = keep; start < logits.Length; start += ChunkLength)
        {
            ReadOnlySpan<float> part = logits.Slice(start, Math.Min(ChunkLength, logits.Length - start));
            if (LogitBlocks.Max(part) <= least) // of equal logits the lower ids stay
                continue;
            for (int i = 0; i < part.Length; i++)
            {
                if (part[i] <= least)
                    continue;
                heap[0] = Ordered(part[i], start + i);
                SiftDown(heap, 0);
                least = logits[Id(heap[0])];
            }
        }
        for (int i = 0; i < keep; i++)
        {
            _keptIds[i] = Id(heap[i]);
            _keptWeights[i] = logits[_keptIds[i]];
        }
        LogitBlocks.Exp(_keptWeights.AsSpan(0, keep), _max, _scale, _keptWeights);
        return keep;
    }

    /// <summary>
    /// The least candidate of the fewest greatest whose weights reach <paramref name="mass"/>; <paramref name="total"/> becomes their mass.
    /// The masses of bins of like weight tell in which bin it is, and only that bin is searched.
    /// </summary>
    private ulong Nucleus(int count, double mass, ref double total)
    {
        Span<double> bins = _bins;
        bins.Clear();
        for (int i = 0; i < count; i++)
            bins[Bin(_keptWeights[i])] += _keptWeights[i];
        int bin = bins.Length - 1;
        double above = 0;
        while (bin > 0 && above + bins[bin] < mass)
            above += bins[bin--];
        int inBin = 0;
        for (int i = 0; i < count; i++)
        {
            if (Bin(_keptWeights[i]) == bin)
                _candidates[inBin++] = Candidate(_keptWeights[i], _keptIds[i]);
        }
        Span<ulong> candidates = _candidates.AsSpan(0, inBin);
        double within = 0;
        ulong least = ulong.MaxValue;
        foreach (ulong candidate in candidates[..Nucleus(candidates, mass - above, ref within)])
            least = Math.Min(least, candidate);
        total = above + within;
        return inBin == 0 ? 0 : least;
    }

    // The exponent and four bits of the fraction: weights are 0 to 1.
    private static int Bin(float weight) => (int)(BitConverter.SingleToUInt32Bits(weight) >> 19);

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
        return low;
    }
}
