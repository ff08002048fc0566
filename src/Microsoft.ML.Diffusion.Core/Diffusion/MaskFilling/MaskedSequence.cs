using Microsoft.ML.Diffusion.Text;

namespace Microsoft.ML.Diffusion.MaskFilling;

/// <summary>A text as the model reads it: <c>[opening] text [closing]</c>, with its masks.</summary>
internal sealed class MaskedSequence
{
    private readonly string _text;
    private readonly (int Position, int Start, int End)[] _masks;

    /// <summary>Reads a text.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="text">The text, in which the masks are spelled as the tokenizer's mask token.</param>
    /// <param name="maxLength">The longest sequence; the end of a longer text is cut.</param>
    /// <param name="tokens">Space for the tokens.</param>
    public MaskedSequence(Tokenizer tokenizer, string text, int maxLength, TokenList tokens)
    {
        _text = text;
        tokens.Clear();
        LoneSurrogates = tokenizer.EncodeWithMasks(text, tokens);
        int read = Math.Min(tokens.Count, maxLength - 2), mask = tokenizer.MaskToken;
        IsCut = read < tokens.Count;
        CutMasks = tokens.Ids[read..].Count(mask);
        Tokens = [tokenizer.BeginToken, .. tokens.Ids[..read], tokenizer.EndToken];
        var masks = new List<(int, int, int)>();
        for (int i = 0; i < read; i++)
        {
            if (tokens.Ids[i] == mask)
                masks.Add((i + 1, tokens.Starts[i], tokens.Ends[i]));
        }
        _masks = [.. masks];
    }

    /// <summary>The sequence.</summary>
    public int[] Tokens { get; }

    /// <summary>The positions of the masks in <see cref="Tokens"/>.</summary>
    public IEnumerable<int> Positions => _masks.Select(mask => mask.Position);

    /// <summary>The number of masks.</summary>
    public int Masks => _masks.Length;

    /// <summary>The number of masks in the end that was cut.</summary>
    public int CutMasks { get; }

    /// <summary>Whether the end was cut.</summary>
    public bool IsCut { get; }

    /// <summary>The number of lone surrogates in the text.</summary>
    public int LoneSurrogates { get; }

    /// <summary>The text with the first candidate of each mask.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="candidates">The candidates of each mask.</param>
    public FilledText Fill(Tokenizer tokenizer, ReadOnlySpan<MaskCandidate[]> candidates)
    {
        var filled = new TextWithTokens(tokenizer);
        var masks = new FilledMask[_masks.Length];
        int position = 0;
        for (int i = 0; i < masks.Length; i++)
        {
            (_, int start, int end) = _masks[i];
            // A mask may take the whitespace around it, but its name has none at its ends.
            ReadOnlySpan<char> taken = _text.AsSpan(start, end - start);
            int nameStart = start + taken.Length - taken.TrimStart().Length, nameEnd = start + taken.TrimEnd().Length;
            masks[i] = new FilledMask(nameStart, nameEnd - nameStart, candidates[i]);
            filled.Append(_text.AsSpan(position, nameStart - position));
            filled.Append(candidates[i][0]);
            position = nameEnd;
        }
        filled.Append(_text.AsSpan(position));
        return new FilledText(filled.ToString(), masks, CutMasks, IsCut, LoneSurrogates);
    }
}
