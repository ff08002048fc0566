using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Diffusion.Text.WordPiece;

/// <summary>
/// A cache of the pieces of short ASCII words. It has a fixed number of slots, each filled once and never changed, so threads share it
/// without locks, its size is bounded, and in the steady state encoding allocates nothing.
/// </summary>
internal sealed class AsciiWordCache
{
    /// <summary>Longer words are not cached, in characters.</summary>
    public const int LongestWord = 15;

    private const int MostPieces = 3;
    private const int Slots = 1 << 14;
    private const int Ways = 4;
    private const int Filling = -1;

    private Entry[]? _entries;

    /// <summary>
    /// The letters and digits at the start of a text, one byte each and zeros after them, and their number; more than
    /// <see cref="LongestWord"/> if there may be more.
    /// </summary>
    public static int ReadWord(ReadOnlySpan<char> text, out Vector128<byte> word)
    {
        Vector128<byte> bytes;
        if (text.Length >= Vector128<byte>.Count)
        {
            ref ushort first = ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text));
            bytes = Vector128.NarrowWithSaturation(Vector128.LoadUnsafe(ref first),
                Vector128.LoadUnsafe(ref first, (nuint)Vector128<ushort>.Count));
        }
        else
        {
            Span<byte> copy = stackalloc byte[Vector128<byte>.Count];
            copy.Clear();
            for (int i = 0; i < text.Length; i++)
                copy[i] = (byte)Math.Min(text[i], (char)byte.MaxValue);
            bytes = Vector128.Create<byte>(copy);
        }
        Vector128<byte> isLetter =
            Vector128.LessThan((bytes | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a'), Vector128.Create((byte)26));
        Vector128<byte> isDigit = Vector128.LessThan(bytes - Vector128.Create((byte)'0'), Vector128.Create((byte)10));
        int length = BitOperations.TrailingZeroCount(~(isLetter | isDigit).ExtractMostSignificantBits());
        word = bytes & Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)length));
        return length;
    }

    /// <summary>Appends the cached pieces of a word that starts at a position of the text.</summary>
    public bool TryAppend(Vector128<byte> word, int start, TokenList output)
    {
        Entry[]? entries = _entries;
        if (entries is null)
            return false;
        int slot = SlotOf(word);
        for (int way = 0; way < Ways; way++)
        {
            ref Entry entry = ref entries[slot + way];
            int pieces = Volatile.Read(ref entry.Pieces);
            if (pieces == 0)
                return false;
            if (pieces == Filling || entry.Word != word)
                continue;
            int from = start, ends = entry.Ends;
            output.Add(entry.First, from, from = start + (ends & 0xFF));
            if (pieces > 1)
                output.Add(entry.Second, from, from = start + (ends >> 8 & 0xFF));
            if (pieces > 2)
                output.Add(entry.Third, from, start + (ends >> 16 & 0xFF));
            return true;
        }
        return false;
    }

    /// <summary>Stores the pieces of a word, which are the last tokens of a list, if there is a free slot and they are adjacent.</summary>
    public void Add(Vector128<byte> word, int start, TokenList tokens, int first)
    {
        int pieces = tokens.Count - first;
        if (pieces is 0 or > MostPieces)
            return;
        ReadOnlySpan<int> ids = tokens.Ids[first..], starts = tokens.Starts[first..], tokenEnds = tokens.Ends[first..];
        int ends = 0;
        for (int i = 0; i < pieces; i++)
        {
            if (starts[i] != (i == 0 ? start : tokenEnds[i - 1]))
                return;
            ends |= tokenEnds[i] - start << (8 * i);
        }
        Entry[] entries = LazyInitializer.EnsureInitialized(ref _entries, static () => new Entry[Slots]);
        int slot = SlotOf(word);
        for (int way = 0; way < Ways; way++)
        {
            ref Entry entry = ref entries[slot + way];
            if (Interlocked.CompareExchange(ref entry.Pieces, Filling, 0) != 0)
                continue;
            (entry.Word, entry.Ends, entry.First) = (word, ends, ids[0]);
            entry.Second = pieces > 1 ? ids[1] : 0;
            entry.Third = pieces > 2 ? ids[2] : 0;
            Volatile.Write(ref entry.Pieces, pieces);
            return;
        }
    }

    private static int SlotOf(Vector128<byte> word)
    {
        ulong high = Math.BigMul(word.AsUInt64()[0] ^ 0x9E3779B97F4A7C15ul, word.AsUInt64()[1] ^ 0xD6E8FEB86659FD93ul, out ulong low);
        return (int)(high ^ low) & (Slots - Ways);
    }

    private struct Entry
    {
        public Vector128<byte> Word;
        public int Pieces;
        public int Ends; // of the pieces, in characters of the word, one byte each
        public int First;
        public int Second;
        public int Third;
    }
}
