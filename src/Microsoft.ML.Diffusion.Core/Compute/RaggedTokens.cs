namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// A batch of token sequences of any lengths, packed end to end with no padding: sequence <c>i</c> is
/// <c>Tokens[Bounds[i] .. Bounds[i + 1]]</c>. It grows as sequences are appended and keeps its memory when cleared.
/// </summary>
public sealed class RaggedTokens
{
    private int[] _tokens = new int[256];
    private int[] _bounds = new int[17];

    /// <summary>The number of sequences.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens of all sequences, [TokenCount].</summary>
    public Span<int> Tokens => _tokens.AsSpan(0, TokenCount);

    /// <summary>Where each sequence starts, and where the last one ends, [Count + 1].</summary>
    public ReadOnlySpan<int> Bounds => _bounds.AsSpan(0, Count + 1);

    /// <summary>The number of tokens in all sequences together.</summary>
    public int TokenCount => _bounds[Count];

    /// <summary>The tokens of sequence <paramref name="index"/>.</summary>
    public Span<int> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return _tokens.AsSpan(_bounds[index].._bounds[index + 1]);
        }
    }

    /// <summary>Appends a sequence and returns the span that now holds it.</summary>
    public Span<int> Append(ReadOnlySpan<int> sequence)
    {
        int start = TokenCount;
        int end = checked(start + sequence.Length);
        if (end > _tokens.Length)
            Array.Resize(ref _tokens, (int)Math.Min(Array.MaxLength, Math.Max(end, 2L * _tokens.Length)));
        if (Count + 2 > _bounds.Length)
            Array.Resize(ref _bounds, 2 * _bounds.Length);
        Span<int> stored = _tokens.AsSpan(start, sequence.Length);
        sequence.CopyTo(stored);
        _bounds[++Count] = end;
        return stored;
    }

    /// <summary>Removes all sequences; the memory is reused for the next batch.</summary>
    public void Clear() => Count = 0;
}
