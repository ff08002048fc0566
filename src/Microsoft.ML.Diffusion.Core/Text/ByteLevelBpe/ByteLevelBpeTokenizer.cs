using System.Text;
using Microsoft.ML.Diffusion.Text.Expressions;
using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>
/// Byte-level byte-pair encoding, as in GPT-2 and RoBERTa: text is split into words (<c>Gpt2PreTokenizer</c>), and the UTF-8 bytes of each
/// word are merged by rank. Every well-formed text can be encoded, and decoding the result returns the text (with
/// <see cref="ByteLevelBpeOptions.AddPrefixSpace"/>, including the space before it).
/// </summary>
/// <remarks>
/// Spans are in UTF-16 characters; tokens that share a character of several bytes all include it in their spans. The names of special
/// tokens are plain text to <see cref="Encode"/>.
/// </remarks>
internal sealed partial class ByteLevelBpeTokenizer : Tokenizer
{
    [ThreadStatic]
    private static EncodeSpace? s_space;

    private readonly TokenTable _tokens;
    private readonly BpeMerges _merges;
    private readonly AddedTokens _added;
    private readonly SpecialTokenIds _specials;
    private readonly int[] _byteTokens = new int[256];
    private readonly BpeWordCache _cache = new();
    private readonly WordExpression? _expression;

    internal ByteLevelBpeTokenizer(string source, TokenTable tokens, BpeMerges merges, ByteLevelBpeOptions options)
    {
        (_tokens, _merges, Options) = (tokens, merges, options);
        _expression = PreTokenizerExpression.Make(source, options.Expression);
        _specials = new SpecialTokenIds(source, tokens, options.SpecialTokens);
        _added = new AddedTokens(
            _specials.Complete(tokens.Added, maskTakesLeft: true), _specials.Mask,
            options.NormalizeToFormC ? NormalizationFormC.Of : static text => text);
        Span<byte> spelling = stackalloc byte[4];
        for (int value = 0; value < 256; value++)
        {
            int id = tokens.Vocabulary.Find(spelling[..ByteAlphabet.Spell((byte)value, spelling)]);
            if (id < 0)
                throw new TokenizerException(
                    $"{source}: no token spells the byte {value} ('{ByteAlphabet.ToChar((byte)value)}'). A byte-level vocabulary has a " +
                    "token for each of the 256 bytes; check that this is one.");
            _byteTokens[value] = id;
            if (_specials.Contains(id))
                throw new TokenizerException(
                    $"{source}: the token of the byte {value}, '{ByteAlphabet.ToChar((byte)value)}', is a special token, " +
                        "so text would be " +
                    "indistinguishable from it. Use other special tokens.");
        }
        for (int rank = 0; rank < merges.Count; rank++)
        {
            if (_specials.Contains(merges.Joined(rank)))
                throw new TokenizerException(
                    $"{source}: merge {rank + 1} forms the special token '{Spell(merges.Joined(rank))}', so text would be " +
                    "indistinguishable from it; expected special tokens that no merge forms. Use files that were saved with one model.");
        }
    }

    /// <summary>The options of this tokenizer.</summary>
    public ByteLevelBpeOptions Options { get; }

    /// <summary>The number of merges.</summary>
    public int MergeCount => _merges.Count;

    /// <inheritdoc/>
    public override int VocabularySize => _tokens.Count;

    /// <inheritdoc/>
    public override int BeginToken => _specials.Begin;

    /// <inheritdoc/>
    public override int EndToken => _specials.End;

    /// <inheritdoc/>
    public override int MaskToken => _specials.Mask;

    /// <inheritdoc/>
    public override int PadToken => _specials.Pad;

    /// <inheritdoc/>
    public override int UnknownToken => _specials.Unknown;

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _specials.Contains(id) || ((uint)id < (uint)_tokens.Count && _tokens.Spelling(id).IsEmpty);

    /// <inheritdoc/>
    internal override SequenceTemplate? Template => Options.Template;

    /// <inheritdoc/>
    internal override bool IsWritable(int id) => !_specials.Contains(id) && (uint)id < (uint)_tokens.Count && _tokens.IsSpelled(id);

    /// <inheritdoc/>
    public override string Spell(int id) => Encoding.UTF8.GetString(_tokens.Spelling(CheckId(id)));

    /// <inheritdoc/>
    public override int Find(string spelling)
    {
        ArgumentNullException.ThrowIfNull(spelling);
        return _tokens.Find(spelling);
    }

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<char> text, TokenList output) => EncodeParts(text, output, AddedTokenKinds.Text);

    /// <inheritdoc/>
    public override int EncodeMarkup(ReadOnlySpan<char> text, TokenList output) => EncodeParts(text, output, AddedTokenKinds.All);

    /// <inheritdoc/>
    internal override int EncodeWithMasks(ReadOnlySpan<char> text, TokenList output) =>
        EncodeParts(text, output, AddedTokenKinds.TextAndMask);

    private int EncodeParts(ReadOnlySpan<char> text, TokenList output, AddedTokenKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(output);
        EncodeSpace space = s_space ??= new EncodeSpace();
        space.Words.Begin(text.Length);
        int loneSurrogates = 0, position = 0;
        foreach (AddedTokenFinder.Match match in _added.AsGiven(kinds).Find(text))
        {
            if (match.Start > position)
                loneSurrogates += EncodePart(text[position..match.Start], position, output, kinds, space);
            output.Add(match.Id, match.Start, match.End);
            position = match.End;
        }
        return position >= text.Length ? loneSurrogates : loneSurrogates + EncodePart(text[position..], position, output, kinds, space);
    }

    private int EncodePart(ReadOnlySpan<char> text, int origin, TokenList output, AddedTokenKinds kinds, EncodeSpace space)
    {
        if (!Options.NormalizeToFormC || NormalizationFormC.IsPlain(text))
            return EncodeNormalized(text, origin, output, kinds, space);
        NormalizationFormC normalized = space.Normalized;
        int loneSurrogates = normalized.Set(text), firstToken = output.Count;
        EncodeNormalized(normalized.Text, 0, output, kinds, space);
        normalized.MoveToOrigin(output, firstToken, origin, text.Length);
        return loneSurrogates;
    }

    private int EncodeNormalized(ReadOnlySpan<char> text, int origin, TokenList output, AddedTokenKinds kinds, EncodeSpace space)
    {
        int loneSurrogates = 0, position = 0;
        foreach (AddedTokenFinder.Match match in _added.Normalized(kinds).Find(text))
        {
            if (match.Start > position)
                loneSurrogates += EncodePlain(text[position..match.Start], origin + position, output, space);
            output.Add(match.Id, origin + match.Start, origin + match.End);
            position = match.End;
        }
        return position >= text.Length ? loneSurrogates : loneSurrogates + EncodePlain(text[position..], origin + position, output, space);
    }

    private int EncodePlain(ReadOnlySpan<char> text, int origin, TokenList output, EncodeSpace space)
    {
        if (_expression is not null)
            return EncodeByExpression(text, origin, output, space, _expression);
        int loneSurrogates = 0, position = 0;
        if (Options.AddPrefixSpace && !text.IsEmpty && !char.IsWhiteSpace(text[0]))
        {
            position = Gpt2PreTokenizer.FirstEndAfterSpace(text);
            loneSurrogates += EncodeWord(text[..position], prefixed: true, origin, output, space);
        }
        while (position < text.Length)
        {
            int end = Gpt2PreTokenizer.NextEnd(text, position);
            loneSurrogates += EncodeWord(text[position..end], origin + position, output, space);
            position = end;
        }
        return loneSurrogates;
    }

    private int EncodeByExpression(ReadOnlySpan<char> text, int origin, TokenList output, EncodeSpace space, WordExpression expression)
    {
        // The matches of the expression are words, and so are the gaps between them.
        int loneSurrogates = 0, position = 0, from = 0;
        while (from <= text.Length && space.Words.Find(expression, text, from, out int start, out int end))
        {
            if (start > position)
                loneSurrogates += EncodeWord(text[position..start], origin + position, output, space);
            if (end > start)
                loneSurrogates += EncodeWord(text[start..end], origin + start, output, space);
            position = end;
            from = end > start ? end : end + 1;
        }
        return position == text.Length ? loneSurrogates : loneSurrogates + EncodeWord(text[position..], origin + position, output, space);
    }

    private int EncodeWord(ReadOnlySpan<char> word, int origin, TokenList output, EncodeSpace space)
    {
        if (_cache.Find(word) is not { } entry)
            return EncodeWord(word, prefixed: false, origin, output, space);
        entry.AppendTo(output, origin);
        return 0;
    }

    private int EncodeWord(ReadOnlySpan<char> word, bool prefixed, int origin, TokenList output, EncodeSpace space)
    {
        int loneSurrogates = space.SetWord(word, prefixed, _byteTokens);
        BpeWord tokens = space.Tokens;
        tokens.Merge(_merges);
        int firstToken = output.Count, byteStart = 0;
        for (int i = 0; i < tokens.Count; i++)
        {
            int byteEnd = tokens.Ends[i];
            int start = space.CharStarts[byteStart], end = space.CharEnds[byteEnd - 1];
            if (Options.TrimOffsets)
            {
                while (start < end && word[start] == ' ')
                    start++;
                while (end > start && word[end - 1] == ' ')
                    end--;
            }
            output.Add(tokens.Ids[i], origin + start, origin + end);
            byteStart = byteEnd;
        }
        if (loneSurrogates == 0 && !prefixed)
            _cache.Add(word, output.Ids[firstToken..], output.Starts[firstToken..], output.Ends[firstToken..], origin);
        return loneSurrogates;
    }

    private int CheckId(int id) => (uint)id < (uint)_tokens.Count ? id : throw new ArgumentOutOfRangeException(
        nameof(id), id, $"The vocabulary has {_tokens.Count} ids, from 0.");

    /// <summary>A thread's state for encoding a word, reused between words.</summary>
    private sealed class EncodeSpace
    {
        private const int KeepLimit = 1 << 16;

        private int[] _charStarts = new int[256];
        private int[] _charEnds = new int[256];

        public BpeWord Tokens { get; } = new();

        public NormalizationFormC Normalized { get; } = new();

        /// <summary>Finds words by an expression.</summary>
        public WordMatcher Words { get; } = new();

        /// <summary>Where the character of each byte starts in the word.</summary>
        public ReadOnlySpan<int> CharStarts => _charStarts;

        /// <summary>Where the character of each byte ends in the word.</summary>
        public ReadOnlySpan<int> CharEnds => _charEnds;

        /// <summary>Reads a word's bytes.</summary>
        /// <returns>The number of lone surrogates.</returns>
        public int SetWord(ReadOnlySpan<char> word, bool prefixed, int[] byteTokens)
        {
            int needed = 3 * word.Length + 1;
            if (_charStarts.Length < needed || (_charStarts.Length > KeepLimit && needed <= KeepLimit))
            {
                int length = Math.Max(256, needed);
                (_charStarts, _charEnds) = (new int[length], new int[length]);
            }
            Tokens.Clear();
            int count = 0, loneSurrogates = 0;
            if (prefixed)
            {
                (_charStarts[count], _charEnds[count]) = (0, 0);
                Tokens.Add(byteTokens[' ']);
                count++;
            }
            Span<byte> utf8 = stackalloc byte[4];
            for (int i = 0; i < word.Length;)
            {
                int end = i + 1, bytes = 1;
                if (word[i] < 0x80)
                    utf8[0] = (byte)word[i];
                else
                {
                    if (Rune.DecodeFromUtf16(word[i..], out Rune rune, out int used) != System.Buffers.OperationStatus.Done)
                        loneSurrogates++;
                    bytes = rune.EncodeToUtf8(utf8);
                    end = i + used;
                }
                for (int j = 0; j < bytes; j++)
                {
                    (_charStarts[count], _charEnds[count]) = (i, end);
                    Tokens.Add(byteTokens[utf8[j]]);
                    count++;
                }
                i = end;
            }
            return loneSurrogates;
        }
    }
}
