namespace Microsoft.ML.Diffusion.Pretrain;

/// <summary>
/// A unigram and a bigram model of a stream of tokens, smoothed after Witten and Bell (1991). With c a count, N the number of
/// training tokens, d the number of different ones, c(h, ·) the number of tokens that follow h in training and d(h) of different ones:
/// p(w) = (c(w) + d/V) / (N + d) and p(w | h) = (c(h, w) + d(h)·p(w)) / (c(h, ·) + d(h)), which is p(w) where h was never seen.
/// </summary>
internal sealed class TokenModels(int vocabularySize)
{
    private readonly long[] _counts = new long[vocabularySize];
    private readonly long[] _followers = new long[vocabularySize];
    private readonly long[] _differentFollowers = new long[vocabularySize];
    private readonly Dictionary<(int, int), int> _pairs = [];
    private long _total;
    private long _different;
    private int _last = -1;

    /// <summary>Trains on the next tokens of the stream.</summary>
    public void Learn(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
        {
            _total++;
            if (_counts[token]++ == 0)
                _different++;
            if (_last >= 0)
            {
                ref int count =
                    ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_pairs, (_last, token), out bool exists);
                count++;
                _followers[_last]++;
                if (!exists)
                    _differentFollowers[_last]++;
            }
            _last = token;
        }
    }

    /// <summary>p(token).</summary>
    public double Unigram(int token) => (_counts[token] + (double)_different / vocabularySize) / (_total + _different);

    /// <summary>p(token | the one before it); −1 stands for none.</summary>
    public double Bigram(int before, int token) => before < 0 || _followers[before] == 0
        ? Unigram(token)
        : (_pairs.GetValueOrDefault((before, token)) + _differentFollowers[before] * Unigram(token)) /
            (_followers[before] + _differentFollowers[before]);
}
