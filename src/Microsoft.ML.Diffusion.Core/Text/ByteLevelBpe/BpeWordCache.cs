namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// The tokens of words met before. A fixed number of places, filled once and never changed after, so that threads share it without
/// locks, its size is bounded, and encoding comes to rest without allocating.
/// </summary>
internal sealed class BpeWordCache
{
    /// <summary>Longer words are not kept, in UTF-16 characters.</summary>
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

    /// <summary>Keeps a word's tokens where there is room.</summary>
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
        /// <summary>Appends the tokens of the word that starts at a place of the text.</summary>
        public void AppendTo(TokenList output, int origin)
        {
            for (int i = 0; i < Ids.Length; i++)
                output.Add(Ids[i], origin + Spans[2 * i], origin + Spans[2 * i + 1]);
        }
    }
}
