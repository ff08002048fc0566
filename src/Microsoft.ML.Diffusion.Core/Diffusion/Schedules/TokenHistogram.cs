using System.IO.Compression;

namespace Microsoft.ML.Diffusion;

/// <summary>The counts of the tokens in a text, and the information in each.</summary>
public sealed class TokenHistogram
{
    private const int LargestVocabulary = 1 << 24;
    private readonly long[] _counts;

    /// <summary>Makes an empty histogram.</summary>
    /// <param name="vocabularySize">The number of tokens.</param>
    public TokenHistogram(int vocabularySize)
    {
        if (vocabularySize is < 1 or > LargestVocabulary)
            throw new ArgumentOutOfRangeException(nameof(vocabularySize), vocabularySize,
                $"A vocabulary has 1 to {LargestVocabulary} tokens.");
        _counts = new long[vocabularySize];
    }

    private TokenHistogram(long[] counts) => (_counts, Total) = (counts, counts.Sum());

    /// <summary>The size of the vocabulary.</summary>
    public int VocabularySize => _counts.Length;

    /// <summary>The number of tokens counted.</summary>
    public long Total { get; private set; }

    /// <summary>The count of a token; 0 for ids beyond the vocabulary, as in a padded model.</summary>
    public long this[int token] => token < _counts.Length ? _counts[token] : 0;

    /// <summary>Counts tokens.</summary>
    /// <param name="tokens">Ids.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    internal void Add(ReadOnlySpan<int> tokens)
    {
        foreach (int token in tokens)
            Add(token, 1);
    }

    /// <summary>Adds to the count of one token.</summary>
    /// <param name="token">The id.</param>
    /// <param name="count">The number of occurrences, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary, or the count is negative.</exception>
    public void Add(int token, long count)
    {
        if ((uint)token >= (uint)_counts.Length)
            throw new ArgumentOutOfRangeException(nameof(token), token,
                $"The histogram has ids from 0 to {_counts.Length - 1}. Make it with the tokenizer's VocabularySize.");
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _counts[token] += count;
        Total += count;
    }

    /// <summary>
    /// H_v = −log p(v) of a token, in nats, with p(v) = (count + ½) / (total + vocabulary / 2): the information in a token that was never
    /// seen is large but finite. Krichevsky and Trofimov (1981).
    /// </summary>
    internal double Information(int token) => Math.Log((Total + .5 * VocabularySize) / (this[token] + .5));

    /// <summary>H̄ = Σ p(v)·H_v, the mean information of a token, in nats.</summary>
    public double Entropy
    {
        get
        {
            double sum = 0;
            for (int token = 0; token < VocabularySize; token++)
                sum += (_counts[token] + .5) * Information(token);
            return sum / (Total + .5 * VocabularySize);
        }
    }

    /// <summary>The counts as text, about one or two bytes per token: compressed, in Base64.</summary>
    public string ToText()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(new DeflateStream(bytes, CompressionLevel.SmallestSize)))
        {
            writer.Write7BitEncodedInt(VocabularySize);
            foreach (long count in _counts)
                writer.Write7BitEncodedInt64(count);
        }
        return Convert.ToBase64String(bytes.ToArray());
    }

    /// <summary>Reads the text that <see cref="ToText"/> writes.</summary>
    /// <exception cref="ArgumentException">The text is damaged.</exception>
    public static TokenHistogram Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using var reader =
                new BinaryReader(new DeflateStream(new MemoryStream(Convert.FromBase64String(text)), CompressionMode.Decompress));
            int size = reader.Read7BitEncodedInt();
            if (size is < 1 or > LargestVocabulary)
                throw new FormatException($"It says it has {size} tokens.");
            List<long> counts = []; // grows with the data, not with the size that a damaged text may claim
            for (long total = 0; counts.Count < size;)
            {
                long count = reader.Read7BitEncodedInt64();
                if (count < 0 || (total += count) < 0)
                    throw new FormatException($"The count of token {counts.Count} is out of range.");
                counts.Add(count);
            }
            return new TokenHistogram([.. counts]);
        }
        catch (Exception exception) when (exception is FormatException or IOException or InvalidDataException)
        {
            throw new ArgumentException(
                $"The text is not a histogram that TokenHistogram.ToText wrote: {exception.Message} Make a new one from the training text.",
                nameof(text), exception);
        }
    }

    /// <summary>A copy that does not change with this one.</summary>
    internal TokenHistogram Clone() => new([.. _counts]);
}
