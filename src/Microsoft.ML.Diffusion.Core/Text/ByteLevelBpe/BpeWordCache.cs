namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// A cache of words' tokens. It has a fixed number of slots, each filled once and never changed, so threads share it without locks, its
/// size is bounded, and in the steady state encoding allocates nothing.
/// </summary>
internal sealed class BpeWordCache
{
    /// <summary>Longer words are not cached, in UTF-16 characters.</summary>
    public const int LongestWord = 32;

    private const int Slots = 1 << 15;
    private const int Ways = 4;

    private Entry?[]? _entries;

    /// <summary>The word's tokens, or null.</summary>
    public Entry? Find(ReadOnlySpan<char> word)
    {
        Entry?[]? entries = _entries;
        if (entries is null || word.Length > LongestWord)
            return null;
        int slot = string.GetHashCode(word) & (Slots - Ways);
        for (int way = 0; way < Ways; way++)
        {
            Entry? entry = Volatile.Read(ref entries[slot + way]);
            if (entry is null)
                return null;
            if (word.SequenceEqual(entry.Word))
                return entry;
        }
        return null;
    }

    /// <summary>Stores a word's tokens if there is a free slot.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, int origin)
    {
        if (word.Length > LongestWord)
            return;
        Entry?[] entries = LazyInitializer.EnsureInitialized(ref _entries, static () => new Entry?[Slots]);
        int slot = string.GetHashCode(word) & (Slots - Ways);
        for (int way = 0; way < Ways; way++)
        {
            if (entries[slot + way] is not null)
                continue;
            byte[] spans = new byte[2 * ids.Length];
            for (int i = 0; i < ids.Length; i++)
                (spans[2 * i], spans[2 * i + 1]) = ((byte)(starts[i] - origin), (byte)(ends[i] - origin));
            Volatile.Write(ref entries[slot + way], new Entry(word.ToString(), ids.ToArray(), spans));
            return;
        }
    }

    /// <summary>A word's tokens; spans are pairs of start and end, in characters of the word.</summary>
    internal sealed record Entry(string Word, int[] Ids, byte[] Spans)
    {
        /// <summary>Appends the tokens of the word that starts at a position of the text.</summary>
        public void AppendTo(TokenList output, int origin)
        {
            for (int i = 0; i < Ids.Length; i++)
                output.Add(Ids[i], origin + Spans[2 * i], origin + Spans[2 * i + 1]);
        }
    }
}
