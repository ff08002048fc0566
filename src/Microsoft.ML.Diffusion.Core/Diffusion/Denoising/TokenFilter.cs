using Microsoft.ML.Diffusion.Compute.Host;

namespace Microsoft.ML.Diffusion.Denoising;

/// <summary>
/// Reads a row of logits and draws from it: temperature, then top-k, then top-p, then one uniform by inverse cumulative softmax. The
/// vocabulary is not sorted. Top-k is a heap behind a vector compare; top-p searches for the least weight that stays by computing the mass
/// above several thresholds at a time; a draw without either computes the exponentials of one block. It holds buffers: use one instance per
/// thread.
/// </summary>
internal sealed class TokenFilter
{
    private const int ChunkLength = 64;
    private const int SampleLength = 256;

    private readonly int[] _banned;
    private readonly float _scale;
    private readonly double _temperature;
    private readonly int _topK;
    private readonly double _topP;
    private readonly float[] _maxima;
    private readonly double[] _plain;
    private readonly double[] _sums;
    private readonly double[] _keptSums;
    private readonly float[] _buffer = new float[LogitBlocks.Length];
    private readonly float[] _between = [];
    private readonly int[] _places = [];
    private float[] _weights = [];
    private int[] _ids = [];
    private ulong[] _heap = [];
    private float _max;
    private double _total;
    private double _plainTotal;
    private bool _hasPlain;

    /// <summary>Makes a filter.</summary>
    /// <param name="vocabularySize">The number of logits in a row.</param>
    /// <param name="temperature">0 for the most likely token; otherwise logits are divided by it.</param>
    /// <param name="topK">How many of the most likely tokens stay; 0 for all.</param>
    /// <param name="topP">The most likely tokens that together reach this probability stay, at least one; 1 for all.</param>
    /// <param name="banned">Ids that are never drawn.</param>
    public TokenFilter(int vocabularySize, double temperature, int topK, double topP, IEnumerable<int> banned)
    {
        _banned = [.. banned.Where(id => (uint)id < (uint)vocabularySize).Distinct()];
        if (_banned.Length >= vocabularySize)
            throw new ArgumentException($"All {vocabularySize} tokens are banned, so nothing can be written. Ban fewer.", nameof(banned));
        (_temperature, _topK, _topP) = (temperature, topK, topP);
        _scale = temperature == 0 ? 1 : (float)Math.Clamp(1 / temperature, 1e-30, 1e30); // so that 0 · scale stays 0, and −∞ · scale −∞
        int blocks = (vocabularySize + LogitBlocks.Length - 1) / LogitBlocks.Length;
        (_maxima, _plain, _sums, _keptSums) = (new float[blocks], new double[blocks], new double[blocks], new double[blocks]);
        Reserve(Math.Max(Math.Min(topK, vocabularySize), topP < 1 ? vocabularySize / 8 : 0));
        if (topP < 1)
            (_weights, _between, _places) = (new float[vocabularySize], new float[vocabularySize], new int[vocabularySize]);
    }

    /// <summary>Applies the bans and reads the row. All other members refer to this row until the next one is read.</summary>
    /// <param name="logits">The row, [vocabulary].</param>
    /// <param name="needsModel">Whether the model's own confidences and probabilities will be needed.</param>
    /// <returns>False if the row has a NaN or +∞, or no token that may be drawn.</returns>
    public bool TryRead(Span<float> logits, bool needsModel)
    {
        foreach (int id in _banned)
            logits[id] = float.NegativeInfinity;
        // At temperature 1 both softmaxes are the same.
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
    /// How certain the model is of the row read, after the bans and before temperature, top-k and top-p (at temperature 0 these would make
    /// every row certain). A logarithm for the two scores that are probabilities; 0 for <see cref="ConfidenceScore.Random"/>.
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

    /// <summary>
    /// The log-probability of a token in the row read, as the model gives it: after the bans, before temperature, top-k and top-p.
    /// </summary>
    public double LogProbability(ReadOnlySpan<float> logits, int token) => (double)logits[token] - _max - Math.Log(_plainTotal);

    /// <summary>The most likely token of the row read; the lowest id among equals.</summary>
    public int MostLikely(ReadOnlySpan<float> logits)
    {
        int block = _maxima.AsSpan().IndexOf(_max);
        return block * LogitBlocks.Length + Block(logits, block).IndexOf(_max);
    }

    /// <summary>Draws a token from the row read.</summary>
    /// <param name="logits">The row.</param>
    /// <param name="uniform">The draw's uniform in (0, 1).</param>
    /// <param name="topK">How many of the most likely tokens stay, if fewer than the filter's own top-k; 0 for no further limit.</param>
    public int Draw(ReadOnlySpan<float> logits, double uniform, int topK = 0)
    {
        if (_temperature == 0)
            return MostLikely(logits);
        int keep = Math.Min(topK > 0 ? topK : int.MaxValue, _topK > 0 ? _topK : int.MaxValue);
        if (keep >= logits.Length && _topP >= 1)
            return Pick(logits, uniform * _total);
        if (keep < logits.Length)
        {
            KeepGreatest(logits, keep);
            Span<float> kept = _weights.AsSpan(0, keep);
            if (_topP < 1)
                KeepNucleus(kept, Sums(kept));
            return _ids[PickKept(kept, uniform)];
        }
        // Tokens rarer than (1 − p) / V have less than 1 − p together, so the nucleus is among the others. If those are few, only they are
        // searched.
        float least = MathF.BitDecrement((float)(_max + Math.Log((1 - _topP) * _total / logits.Length * .999) / _scale));
        if (LogitBlocks.Count(logits, least) is int count && count <= _ids.Length)
        {
            LogitBlocks.Gather(logits, least, float.PositiveInfinity, _ids);
            Span<float> common = _weights.AsSpan(0, count);
            for (int i = 0; i < count; i++)
                common[i] = logits[_ids[i]];
            LogitBlocks.Exp(common, _max, _scale, common);
            KeepNucleus(common, _total);
            return _ids[PickKept(common, uniform)];
        }
        Span<float> weights = _weights.AsSpan(0, logits.Length);
        LogitBlocks.Exp(logits, _max, _scale, weights);
        KeepNucleus(weights, _total);
        return PickKept(weights, uniform);
    }

    private static ReadOnlySpan<float> Block(ReadOnlySpan<float> logits, int index) =>
        logits.Slice(index * LogitBlocks.Length, Math.Min(LogitBlocks.Length, logits.Length - index * LogitBlocks.Length));

    private static int Id(ulong candidate) => (int)~(uint)candidate;

    // The bits of a float, mapped so that they order as floats do, negative ones included, followed by the complement of the id, so that
    // among equal logits the lower id is the greater candidate.
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
        int block = FindBlock(_sums, ref target);
        ReadOnlySpan<float> part = Block(logits, block);
        // Relative to the row's maximum, as the sums now are.
        Span<float> weights = _buffer.AsSpan(0, part.Length);
        LogitBlocks.Exp(part, _maxima[block], _scale, weights);
        return block * LogitBlocks.Length + Find(weights, Math.Exp(((double)_maxima[block] - _max) * _scale), target);
    }

    /// <summary>Draws an index by its weight; weights of 0 are never drawn.</summary>
    private int PickKept(ReadOnlySpan<float> weights, double uniform)
    {
        double target = uniform * Sums(weights);
        int block = FindBlock(_keptSums.AsSpan(0, (weights.Length + LogitBlocks.Length - 1) / LogitBlocks.Length), ref target);
        return block * LogitBlocks.Length + Find(Block(weights, block), 1, target);
    }

    /// <summary>The sum of the weights, and the sum of each block.</summary>
    private double Sums(ReadOnlySpan<float> weights)
    {
        double total = 0;
        for (int i = 0; i * LogitBlocks.Length < weights.Length; i++)
            total += _keptSums[i] = LogitBlocks.Sum(Block(weights, i));
        return total;
    }

    /// <summary>The block in which the cumulative sum passes a target; the target becomes relative to the block's start.</summary>
    private static int FindBlock(ReadOnlySpan<double> sums, ref double target)
    {
        int last = 0;
        for (int block = 0; block < sums.Length; block++)
        {
            if (sums[block] > 0)
                last = block;
            if (target < sums[block])
                return block;
            target -= sums[block];
        }
        return last; // rounding passed the end
    }

    /// <summary>
    /// The index at which the cumulative sum of weight · factor passes a target, or else the last with a positive weight.
    /// </summary>
    private static int Find(ReadOnlySpan<float> weights, double factor, double target)
    {
        int found = -1;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] <= 0)
                continue;
            found = i;
            double weight = weights[i] * factor;
            if (target < weight)
                break;
            target -= weight;
        }
        return found;
    }

    private void Reserve(int count)
    {
        if (_heap.Length >= count)
            return;
        (_ids, _heap) = (new int[count], new ulong[count]);
        if (_weights.Length < count)
            _weights = new float[count];
    }

    /// <summary>Finds the greatest logits: their ids, ascending, and their weights.</summary>
    private void KeepGreatest(ReadOnlySpan<float> logits, int keep)
    {
        Reserve(keep); // a sampler may ask for more than the settings
        Span<ulong> heap = _heap.AsSpan(0, keep);
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
        Span<int> ids = _ids.AsSpan(0, keep);
        for (int i = 0; i < keep; i++)
            ids[i] = Id(heap[i]);
        ids.Sort();
        for (int i = 0; i < keep; i++)
            _weights[i] = logits[ids[i]];
        LogitBlocks.Exp(_weights.AsSpan(0, keep), _max, _scale, _weights);
    }

    /// <summary>
    /// Sets to 0 all but the fewest greatest weights that together reach the fraction top-p of <paramref name="total"/>; among equal
    /// weights the first stay.
    /// </summary>
    private void KeepNucleus(Span<float> weights, double total)
    {
        double mass = _topP * total, tail = (1 - _topP) * total;
        // Weights are not negative, so their bits order as they do. The weights from low on reach the mass: all smaller ones have less than
        // the tail together, even if each is just below low. The weights from high on do not reach it; at first there are none.
        uint low = Bits((float)(tail / _maxima.Length / LogitBlocks.Length * .999)), high = Bits(1) + 1;
        double fromLow = total, fromHigh = 0, apart = 0;
        Span<float> rest = weights; // these and the weights already in the mass are all from low on
        Span<float> thresholds = stackalloc float[LogitBlocks.Thresholds];
        Span<double> masses = stackalloc double[LogitBlocks.Thresholds];
        for (bool isFirst = true; high - low > 1; isFirst = false)
        {
            // Above low, and up to high.
            if (isFirst && weights.Length >= 8 * SampleLength)
                SampleThresholds(weights, tail, Value(low + 1), Value(high), thresholds);
            else
                EvenThresholds(low, high, thresholds);
            masses.Fill(apart);
            for (int i = 0; i * LogitBlocks.Length < rest.Length; i++)
                LogitBlocks.AddMasses(Block(rest, i), thresholds, masses);
            int reach = thresholds.Length;
            while (reach > 0 && masses[reach - 1] < mass)
                reach--;
            if (reach < thresholds.Length)
                (high, fromHigh) = (Bits(thresholds[reach]), masses[reach]);
            if (reach > 0)
                (low, fromLow) = (Bits(thresholds[reach - 1]), masses[reach - 1]);
            // Each weight between is at least low, so there are no more than this.
            if (4 * (fromLow - fromHigh) < rest.Length * (double)Value(low))
            {
                int between = LogitBlocks.Gather(rest, Value(low), Value(high), _places);
                for (int i = 0; i < between; i++)
                    _between[i] = rest[_places[i]];
                rest = _between.AsSpan(0, between);
                apart = fromHigh;
            }
        }
        float least = Value(low);
        LogitBlocks.ClearBelow(weights, least);
        int equal = (int)Math.Clamp(Math.Ceiling((mass - fromHigh) / least), 1, weights.Length);
        for (int start = 0; weights[start..].IndexOf(least) is int at and >= 0; start += at + 1)
        {
            if (--equal < 0)
                weights[start + at] = 0;
        }
    }

    private static uint Bits(float weight) => BitConverter.SingleToUInt32Bits(weight);

    private static float Value(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static void EvenThresholds(uint low, uint high, Span<float> thresholds)
    {
        uint step = (high - low + LogitBlocks.Thresholds) / (LogitBlocks.Thresholds + 1);
        for (int j = 0; j < thresholds.Length; j++)
            thresholds[j] = Value(Math.Min(low + (uint)(j + 1) * step, high));
    }

    /// <summary>Thresholds below which a sample of the weights has from half to double the tail.</summary>
    private static void SampleThresholds(ReadOnlySpan<float> weights, double tail, float least, float most, Span<float> thresholds)
    {
        Span<float> sample = stackalloc float[SampleLength];
        int stride = weights.Length / SampleLength, next = 0;
        for (int i = 0; i < sample.Length; i++)
            sample[i] = weights[i * stride];
        sample.Sort();
        double below = 0;
        foreach (float weight in sample)
        {
            below += (double)weight * stride;
            for (; next < thresholds.Length && below >= tail * Math.Pow(2, (next - thresholds.Length / 2) / 3.0); next++)
                thresholds[next] = Math.Clamp(weight, least, most);
        }
        thresholds[next..].Fill(most);
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
}
