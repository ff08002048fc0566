using System.Text;

namespace Microsoft.ML.Diffusion.Text.WordPiece;

/// <summary>A normalized word while it is read: its UTF-8 bytes and their origins; each thread reuses an instance between words.</summary>
internal sealed class WordPieceWord
{
    private byte[] _bytes = new byte[512];
    private int[] _starts = new int[512];
    private int[] _ends = new int[512];
    private int _headroom;
    private int _used;
    private int _start;
    private int _end;

    /// <summary>The number of characters (code points).</summary>
    public int CharacterCount { get; private set; }

    /// <summary>Starts a word.</summary>
    /// <param name="headroom">The number of bytes to leave free before it.</param>
    public void Clear(int headroom)
    {
        (_headroom, _used, CharacterCount) = (headroom, headroom, 0);
        if (_bytes.Length < headroom + 8)
            Grow(headroom + 512);
    }

    /// <summary>
    /// Adds a character that came from [<paramref name="start"/>, <paramref name="end"/>) of the text; beyond the limit only its position
    /// is recorded.
    /// </summary>
    public void Add(Rune rune, int start, int end, int limit)
    {
        if (CharacterCount == 0)
            _start = start;
        _end = end;
        CharacterCount++;
        if (CharacterCount > limit)
            return;
        if (_bytes.Length < _used + 4)
            Grow(2 * _bytes.Length);
        int count = rune.EncodeToUtf8(_bytes.AsSpan(_used));
        _starts.AsSpan(_used, count).Fill(start);
        _ends.AsSpan(_used, count).Fill(end);
        _used += count;
    }

    /// <summary>
    /// Appends the word's pieces: the longest in the vocabulary, then the longest of the rest, and so on; or the unknown token for the
    /// whole word.
    /// </summary>
    public void AppendPieces(Vocabulary vocabulary, ReadOnlySpan<byte> prefix, int limit, SpecialTokenIds specials, TokenList output)
    {
        if (CharacterCount == 0)
            return;
        int firstToken = output.Count;
        bool isKnown = CharacterCount <= limit;
        for (int start = _headroom; isKnown && start < _used;)
        {
            // The text before the piece has been matched, so the prefix may overwrite it.
            int from = start;
            if (start > _headroom)
            {
                from = start - prefix.Length;
                prefix.CopyTo(_bytes.AsSpan(from));
            }
            int end = Math.Min(_used, from + vocabulary.LongestSpelling), id = -1;
            for (; end > start; end--)
            {
                bool isBoundary = end == _used || (_bytes[end] & 0xC0) != 0x80;
                if (!isBoundary)
                    continue;
                id = vocabulary.Find(_bytes.AsSpan(from, end - from));
                // Text never becomes a special token.
                if (id >= 0 && !specials.Contains(id))
                    break;
                id = -1;
            }
            isKnown = id >= 0;
            if (isKnown)
                output.Add(id, _starts[start], _ends[end - 1]);
            start = end;
        }
        if (!isKnown)
        {
            output.Truncate(firstToken);
            output.Add(specials.Unknown, _start, _end);
        }
    }

    private void Grow(int length)
    {
        Array.Resize(ref _bytes, length);
        Array.Resize(ref _starts, length);
        Array.Resize(ref _ends, length);
    }
}
