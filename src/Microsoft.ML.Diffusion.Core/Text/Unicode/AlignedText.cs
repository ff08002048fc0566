using System.Text;

namespace Microsoft.ML.Diffusion.Text.Unicode;

/// <summary>A normalized text with the origin of each character; each thread reuses an instance between texts.</summary>
internal class AlignedText
{
    private char[] _text = [];
    private int[] _starts = [];
    private int[] _ends = [];
    private int _length;

    /// <summary>The normalized text.</summary>
    public ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

    /// <summary>Where a character's origin starts in the original text.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, _length);

    /// <summary>Where a character's origin ends in the original text (exclusive).</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, _length);

    /// <summary>Removes all characters.</summary>
    public void Clear() => _length = 0;

    /// <summary>Appends a character that came from [<paramref name="start"/>, <paramref name="end"/>) of the original text.</summary>
    public void Append(Rune rune, int start, int end)
    {
        MakeRoom(2);
        int count = 1;
        if (rune.IsBmp)
            _text[_length] = (char)rune.Value;
        else
            count = rune.EncodeToUtf16(_text.AsSpan(_length));
        for (int i = 0; i < count; i++)
            (_starts[_length], _ends[_length++]) = (start, end);
    }

    /// <summary>Appends characters of ASCII, each from one character of the original text; in lowercase, on request.</summary>
    public void AppendAscii(ReadOnlySpan<char> ascii, int start, bool lowercase)
    {
        MakeRoom(ascii.Length);
        Span<char> text = _text.AsSpan(_length, ascii.Length);
        if (lowercase)
            Ascii.ToLower(ascii, text, out _);
        else
            ascii.CopyTo(text);
        Span<int> starts = _starts.AsSpan(_length, ascii.Length), ends = _ends.AsSpan(_length, ascii.Length);
        for (int i = 0; i < starts.Length; i++)
            starts[i] = start + i;
        for (int i = 0; i < ends.Length; i++)
            ends[i] = start + i + 1;
        _length += ascii.Length;
    }

    /// <summary>Moves the spans of tokens that were found in the normalized text to the text that it came from.</summary>
    /// <param name="output">The tokens.</param>
    /// <param name="firstToken">The first of them.</param>
    /// <param name="origin">Where the original text starts in the text that spans refer to.</param>
    /// <param name="length">The length of the original text.</param>
    public void MoveToOrigin(TokenList output, int firstToken, int origin, int length)
    {
        for (int token = firstToken; token < output.Count; token++)
        {
            int start = output.Starts[token], end = output.Ends[token];
            int from = start < _length ? _starts[start] : length;
            output.Move(token, origin + from, origin + (end > start ? _ends[end - 1] : from));
        }
    }

    private void MakeRoom(int count)
    {
        if (_length + count <= _text.Length)
            return;
        int length = Math.Max(Math.Max(256, _length + count), 2 * _text.Length);
        Array.Resize(ref _text, length);
        Array.Resize(ref _starts, length);
        Array.Resize(ref _ends, length);
    }
}
