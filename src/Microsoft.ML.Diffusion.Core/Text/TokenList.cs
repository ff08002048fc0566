namespace Microsoft.ML.Diffusion.Text;

/// <summary>Tokens with the characters that they came from. Clear and reuse it between texts, so that encoding allocates nothing.</summary>
public sealed class TokenList
{
    private int[] _ids = new int[64];
    private int[] _starts = new int[64];
    private int[] _ends = new int[64];

    /// <summary>The number of tokens.</summary>
    public int Count { get; private set; }

    /// <summary>Token ids, [Count].</summary>
    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>Where each token starts in the text, in UTF-16 characters, [Count].</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>Where each token ends in the text (exclusive), in UTF-16 characters, [Count].</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>Adds a token that covers the characters [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public void Add(int id, int start, int end)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, 2 * Count);
            Array.Resize(ref _starts, 2 * Count);
            Array.Resize(ref _ends, 2 * Count);
        }
        (_ids[Count], _starts[Count], _ends[Count]) = (id, start, end);
        Count++;
    }

    /// <summary>Removes the tokens after the first <paramref name="count"/>.</summary>
    internal void Truncate(int count) => Count = count;

    /// <summary>Moves the span of a token.</summary>
    internal void Move(int token, int start, int end) => (_starts[token], _ends[token]) = (start, end);

    /// <summary>Removes all tokens.</summary>
    public void Clear() => Count = 0;
}
