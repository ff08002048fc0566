using System.Runtime.InteropServices;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// The spellings (UTF-8) of ids 0 … Count−1, each id and each spelling once; flat tables with lookups in both directions that allocate
/// nothing.
/// </summary>
internal sealed class Vocabulary
{
    // Keyed by a random number per process, so that no file can cause collisions.
    private static readonly ulong s_seed = (ulong)Random.Shared.NextInt64() | 1;

    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly int[] _slots;

    private Vocabulary(byte[] bytes, int[] starts, int[] lengths, int[] slots)
    {
        (_bytes, _starts, _lengths, _slots) = (bytes, starts, lengths, slots);
        foreach (int length in lengths)
            LongestSpelling = Math.Max(LongestSpelling, length);
    }

    /// <summary>The number of ids.</summary>
    public int Count => _starts.Length;

    /// <summary>The length of the longest spelling, in UTF-8 bytes.</summary>
    public int LongestSpelling { get; }

    /// <summary>The spelling of an id, UTF-8.</summary>
    public ReadOnlySpan<byte> Spelling(int id) => _bytes.AsSpan(_starts[id], _lengths[id]);

    /// <summary>The id of this spelling, or −1.</summary>
    public int Find(ReadOnlySpan<byte> spelling)
    {
        int mask = _slots.Length - 1;
        for (int slot = (int)Hash(spelling) & mask; ; slot = (slot + 1) & mask)
        {
            int id = _slots[slot] - 1;
            if (id < 0 || Spelling(id).SequenceEqual(spelling))
                return id;
        }
    }

    /// <summary>The id of this spelling, or −1.</summary>
    public int Find(string spelling) => Find(System.Text.Encoding.UTF8.GetBytes(spelling));

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
        private readonly Vocabulary _vocabulary =
            new(new byte[byteCapacity], new int[capacity], Filled(capacity), new int[SlotCount(capacity)]);
        private int _usedBytes;
        private int _usedIds;

        /// <summary>The number of entries so far.</summary>
        public int Count => _usedIds;

        /// <summary>The buffer for the next spelling, before <see cref="AddWritten"/> gives its id.</summary>
        public Span<byte> Free => _vocabulary._bytes.AsSpan(_usedBytes);

        /// <summary>The id of a spelling added before, or −1.</summary>
        public int Find(ReadOnlySpan<byte> spelling) => _vocabulary.Find(spelling);

        /// <summary>Adds a spelling.</summary>
        public void Add(ReadOnlySpan<byte> spelling, long id)
        {
            spelling.CopyTo(Free);
            AddWritten(spelling.Length, id);
        }

        /// <summary>Adds the spelling whose bytes were written to <see cref="Free"/>.</summary>
        public void AddWritten(int length, long id)
        {
            int[] starts = _vocabulary._starts, lengths = _vocabulary._lengths, slots = _vocabulary._slots;
            if ((ulong)id >= (ulong)starts.Length)
            {
                throw new TokenizerException(
                    $"{source}: the token '{Text(_usedBytes, length)}' has the id {id}, but there are {starts.Length} entries, so ids " +
                        $"must be in [0, {starts.Length}). Number the entries 0, 1, 2, … without gaps.");
            }
            if (lengths[id] >= 0)
            {
                throw new TokenizerException(
                    $"{source}: the id {id} is given to two tokens, '{Text(starts[id], lengths[id])}' and '{Text(_usedBytes, length)}'. " +
                        $"Give every token an id of its own.");
            }
            ReadOnlySpan<byte> spelling = _vocabulary._bytes.AsSpan(_usedBytes, length);
            int slot = (int)Hash(spelling) & (slots.Length - 1);
            for (; slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
            {
                int other = slots[slot] - 1;
                if (_vocabulary.Spelling(other).SequenceEqual(spelling))
                    throw new TokenizerException(
                        $"{source}: the token '{Text(_usedBytes, length)}' occurs twice, with the ids {other} and {id}. " +
                        $"Remove one of them.");
            }
            slots[slot] = (int)id + 1;
            (starts[id], lengths[id]) = (_usedBytes, length);
            _usedBytes += length;
            _usedIds++;
        }

        /// <summary>Makes the vocabulary; every id must have a spelling.</summary>
        public Vocabulary Build()
        {
            int hole = _vocabulary._lengths.AsSpan(0, _usedIds).IndexOf(-1);
            if (hole >= 0)
                throw new TokenizerException(
                    $"{source}: there are {_usedIds} tokens, but none has the id {hole}. Number the entries 0, 1, 2, … without gaps.");
            if (_usedIds == _vocabulary.Count)
                return new Vocabulary(_vocabulary._bytes, _vocabulary._starts, _vocabulary._lengths, _vocabulary._slots);
            return new Vocabulary(_vocabulary._bytes, _vocabulary._starts[.._usedIds], _vocabulary._lengths[.._usedIds],
                _vocabulary._slots);
        }

        private static int SlotCount(int count)
        {
            int slots = 4;
            while (slots < count + count / 2)
                slots *= 2;
            return slots;
        }

        private static int[] Filled(int count)
        {
            int[] lengths = new int[count];
            lengths.AsSpan().Fill(-1);
            return lengths;
        }

        private string Text(int start, int length) => Messages.Shorten(_vocabulary._bytes.AsSpan(start, length));
    }
}
