using System.Numerics;

namespace Microsoft.ML.Diffusion.Bench;

/// <summary>
/// A 3-gram model of a stream of tokens, interpolated after Witten and Bell (1991). With c a count, N the number of training tokens, d the
/// number of different ones, V the vocabulary, c(h) the number of tokens that follow a history h and d(h) of different ones:
/// p(w) = (c(w) + d/V) / (N + d), p(w | v) = (c(v, w) + d(v)·p(w)) / (c(v) + d(v)), p(w | u, v) = (c(u, v, w) +
/// d(u, v)·p(w | v)) / (c(u, v) + d(u, v)).
/// </summary>
/// <remarks>
/// The successive triples, packed into integers and sorted, hold every count: the followers of a history are adjacent. (The last two tokens
/// begin no triple and are not counted.)
/// </remarks>
internal sealed class TrigramModel
{
    private readonly int _bits;
    private readonly ulong[] _triples;
    private readonly Dictionary<ulong, History> _pairs = [];
    private readonly History[] _singles;
    private readonly History _none;

    /// <summary>Trains on a stream.</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="tokens">The stream, 3 tokens or more.</param>
    public TrigramModel(int vocabularySize, ReadOnlySpan<int> tokens)
    {
        _bits = BitOperations.Log2((uint)vocabularySize - 1) + 1;
        if (3 * _bits > 64)
            throw new ArgumentOutOfRangeException(nameof(vocabularySize), vocabularySize,
                "Three ids must fit into 64 bits: at most 2,097,152 ids.");
        _singles = new History[vocabularySize];
        _triples = new ulong[tokens.Length - 2];
        for (int i = 0; i < _triples.Length; i++)
            _triples[i] = Pack(Pack((uint)tokens[i], tokens[i + 1]), tokens[i + 2]);
        Array.Sort(_triples);

        int different = 0;
        for (int start = 0; start < _triples.Length; different++)
        {
            ulong first = _triples[start] >> 2 * _bits;
            int end = start, seconds = 0;
            while (end < _triples.Length && _triples[end] >> 2 * _bits == first)
            {
                ulong pair = _triples[end] >> _bits;
                int pairStart = end, thirds = 0;
                for (; end < _triples.Length && _triples[end] >> _bits == pair; end++)
                    thirds += end == pairStart || _triples[end] != _triples[end - 1] ? 1 : 0;
                _pairs.Add(pair, new(pairStart, end - pairStart, thirds));
                seconds++;
            }
            _singles[first] = new(start, end - start, seconds);
            start = end;
        }
        _none = new(0, _triples.Length, different);
    }

    /// <summary>The cost of a text in bits; its first token has no history, its second a history of one token.</summary>
    public double Bits(ReadOnlySpan<int> text)
    {
        double bits = 0;
        for (int i = 0; i < text.Length; i++)
            bits -= Math.Log2(Probability(i > 1 ? text[i - 2] : -1, i > 0 ? text[i - 1] : -1, text[i]));
        return bits;
    }

    /// <summary>p(token | before, last); −1 stands for none.</summary>
    public double Probability(int before, int last, int token)
    {
        double p = _none.Interpolate(_singles[token].Count, 1.0 / _singles.Length);
        if (last < 0)
            return p;
        p = _singles[last].Interpolate(_pairs.GetValueOrDefault(Pack((uint)last, token)).Count, p);
        if (before < 0)
            return p;
        ulong pair = Pack((uint)before, last), triple = Pack(pair, token);
        History history = _pairs.GetValueOrDefault(pair);
        return history.Interpolate(FirstFrom(history, triple + 1) - FirstFrom(history, triple), p);
    }

    private ulong Pack(ulong before, int token) => before << _bits | (uint)token;

    /// <summary>The index of the first triple whose history is not below another.</summary>
    private int FirstFrom(History history, ulong triple)
    {
        int low = history.Start, high = history.Start + history.Count;
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (_triples[middle] < triple)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    /// <summary>
    /// The index of the first triple with a history, the number of such triples, and the number of different tokens that follow it.
    /// </summary>
    private readonly record struct History(int Start, int Count, int Different)
    {
        public double Interpolate(int count, double shorter) => Count == 0 ? shorter : (count + Different * shorter) / (Count + Different);
    }
}
