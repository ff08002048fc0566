using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// The spellings (UTF-8) of ids; flat tables with lookups in both directions that allocate nothing. An id may have no spelling, a hole. If
/// a spelling has several ids, text gets the one that was added last; the others keep the spelling for decoding.
/// </summary>
internal sealed class Vocabulary
{
    /// <summary>Ids are smaller.</summary>
    public const int IdLimit = 1 << 24;

    // Keyed by a random number per process, so that no file can cause collisions.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64() | 1;

    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly int[]? _ids;
    private readonly int[] _slots;
    private readonly Dictionary<int, int>? _entries;

    private Vocabulary(byte[] bytes, int[] starts, int[] lengths, int[]? ids, int[] slots)
    {
        (_bytes, _starts, _lengths, _ids, _slots) = (bytes, starts, lengths, ids, slots);
        foreach (int length in lengths)
            LongestSpelling = Math.Max(LongestSpelling, length);
        Count = starts.Length;
        if (ids is null)
            return;
        Count = 0;
        _entries = new Dictionary<int, int>(ids.Length);
        for (int entry = 0; entry < ids.Length; entry++)
        {
            _entries[ids[entry]] = entry;
            Count = Math.Max(Count, ids[entry] + 1);
        }
    }

    /// <summary>One more than the highest id.</summary>
    public int Count { get; }

    /// <summary>The number of pairs of a spelling and an id.</summary>
    public int EntryCount => _starts.Length;

    /// <summary>The number of different spellings.</summary>
    public int SpellingCount => _slots.Length - _slots.AsSpan().Count(0);

    /// <summary>The length of the longest spelling, in UTF-8 bytes.</summary>
    public int LongestSpelling { get; }

    /// <summary>The length of all spellings, in UTF-8 bytes.</summary>
    public int ByteCount => _lengths.Sum();

    /// <summary>The spelling of an id, UTF-8; nothing for a hole.</summary>
    public ReadOnlySpan<byte> Spelling(int id)
    {
        int entry = id;
        bool isKnown = _entries is null ? (uint)id < (uint)_starts.Length : _entries.TryGetValue(id, out entry);
        return isKnown ? EntrySpelling(entry) : default;
    }

    /// <summary>The id of this spelling, or −1.</summary>
    public int Find(ReadOnlySpan<byte> spelling) => _slots[SlotOf(spelling)] - 1 is >= 0 and int entry ? EntryId(entry) : -1;

    /// <summary>Whether text can become the id: it has a spelling, and no later id has the same.</summary>
    public bool IsSpelled(int id) => Spelling(id) is { IsEmpty: false } spelling && Find(spelling) == id;

    /// <summary>The spelling of an entry.</summary>
    public ReadOnlySpan<byte> EntrySpelling(int entry) => _bytes.AsSpan(_starts[entry], _lengths[entry]);

    /// <summary>The id of an entry.</summary>
    public int EntryId(int entry) => _ids is null ? entry : _ids[entry];

    /// <summary>The entries in the order of their ids; those of one id in the order in which they were added.</summary>
    public IEnumerable<int> Entries() => _ids is null ? Enumerable.Range(0, EntryCount) : Enumerable.Range(0, EntryCount).OrderBy(EntryId);

    // Where a spelling's entry is, or would be.
    private int SlotOf(ReadOnlySpan<byte> spelling)
    {
        int mask = _slots.Length - 1, slot = (int)Hash(spelling) & mask;
        while (_slots[slot] != 0 && !EntrySpelling(_slots[slot] - 1).SequenceEqual(spelling))
            slot = (slot + 1) & mask;
        return slot;
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = s_seed ^ (ulong)bytes.Length;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(bytes));
        ulong last = 0;
        for (int i = 0; i < bytes.Length; i++)
            last |= (ulong)bytes[i] << (8 * i);
        return Mix(hash ^ last);
    }

    private static ulong Mix(ulong value)
    {
        ulong high = Math.BigMul(value, s_seed ^ 0x9E3779B97F4A7C15ul, out ulong low);
        return high ^ low;
    }

    /// <summary>Collects the entries of a vocabulary.</summary>
    /// <param name="source">The name of the file, for messages.</param>
    /// <param name="capacity">The number of entries, or an upper bound.</param>
    /// <param name="byteCapacity">The total length of all spellings, or an upper bound.</param>
    internal sealed class Builder(string source, int capacity, int byteCapacity)
    {
        private readonly Vocabulary _vocabulary = new(
            new byte[byteCapacity], new int[capacity], new int[capacity], ids: null, new int[SlotCount(capacity)]);
        private int[]? _ids;
        private int _usedBytes;
        private int _usedEntries;

        /// <summary>The buffer for the next spelling, before <see cref="AddWritten"/> gives its id.</summary>
        public Span<byte> Free => _vocabulary._bytes.AsSpan(_usedBytes);

        /// <summary>Adds a spelling.</summary>
        public void Add(ReadOnlySpan<byte> spelling, long id)
        {
            spelling.CopyTo(Free);
            AddWritten(spelling.Length, id);
        }

        /// <summary>Adds the spelling whose bytes were written to <see cref="Free"/>.</summary>
        public void AddWritten(int length, long id)
        {
            ReadOnlySpan<byte> spelling = _vocabulary._bytes.AsSpan(_usedBytes, length);
            if (id is < 0 or >= IdLimit)
            {
                throw new TokenizerException(
                    $"{source}: the token '{Messages.Shorten(spelling)}' has the id {id}; ids must be in [0, {IdLimit}).");
            }
            int entry = _usedEntries, slot = _vocabulary.SlotOf(spelling), known = _vocabulary._slots[slot] - 1;
            if (known >= 0 && (_ids is null ? known : _ids[known]) == id)
                return;
            if (_ids is null && id != entry)
                _ids = [.. Enumerable.Range(0, capacity)];
            if (_ids is not null)
                _ids[entry] = (int)id;
            (_vocabulary._starts[entry], _vocabulary._lengths[entry], _vocabulary._slots[slot]) = (_usedBytes, length, entry + 1);
            _usedBytes += length;
            _usedEntries++;
        }

        /// <summary>Makes the vocabulary.</summary>
        public Vocabulary Build()
        {
            (int[] starts, int[] lengths, int[]? ids) = (_vocabulary._starts, _vocabulary._lengths, _ids);
            if (_usedEntries < starts.Length)
                (starts, lengths, ids) = (starts[.._usedEntries], lengths[.._usedEntries], ids?[.._usedEntries]);
            return new Vocabulary(_vocabulary._bytes, starts, lengths, ids, _vocabulary._slots);
        }

        private static int SlotCount(int count)
        {
            int slots = 4;
            while (slots < count + count / 2)
                slots *= 2;
            return slots;
        }
    }
}
