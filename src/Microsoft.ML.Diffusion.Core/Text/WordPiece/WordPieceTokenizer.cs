using System.Buffers;
using System.Runtime.Intrinsics;
using System.Text;
using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.Text.WordPiece;

/// <summary>
/// WordPiece as in BERT: text is normalized and split into words and punctuation marks, and each word into the longest pieces in the
/// vocabulary. It equals Hugging Face's tokenizers, which differ from Google's BERT in a few points (words of more than 100 characters are
/// unknown; accents are stripped before lowercasing; a mistyped CJK range).
/// </summary>
/// <remarks>
/// Spans are in UTF-16 characters of the original text: the text of a token's span normalizes to the token. Pieces of one Hangul syllable
/// all include the syllable in their spans. The names of special tokens are plain text to <see cref="Encode"/>.
/// </remarks>
internal sealed partial class WordPieceTokenizer : Tokenizer
{
    [ThreadStatic]
    private static EncodeSpace? s_space;

    private readonly TokenTable _tokens;
    private readonly Vocabulary _vocabulary;
    private readonly AddedTokens _added;
    private readonly SpecialTokenIds _specials;
    private readonly byte[] _prefix;
    private readonly BertNormalizer _normalizer;
    private readonly AsciiWordCache _cache = new();

    internal WordPieceTokenizer(string source, TokenTable tokens, WordPieceOptions options)
    {
        (_tokens, _vocabulary, Options) = (tokens, tokens.Vocabulary, options);
        _specials = new SpecialTokenIds(source, tokens, options.SpecialTokens);
        _normalizer = new BertNormalizer(options);
        _added = new AddedTokens(_specials.Complete(tokens.Added, maskTakesLeft: false), _specials.Mask, _normalizer.Normalize);
        _prefix = Encoding.UTF8.GetBytes(options.ContinuationPrefix);
        if (options.MaxCharactersPerWord < 1)
            throw new TokenizerException(
                $"{source}: MaxCharactersPerWord is {options.MaxCharactersPerWord}; expected at least 1 (BERT: 100).");
    }

    /// <summary>The options of this tokenizer.</summary>
    public WordPieceOptions Options { get; }

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
        int loneSurrogates = 0, position = 0;
        foreach (AddedTokenFinder.Match match in _added.AsGiven(kinds).Find(text))
        {
            loneSurrogates += EncodePart(text[..match.Start], position, output, kinds, space);
            output.Add(match.Id, match.Start, match.End);
            position = match.End;
        }
        return loneSurrogates + EncodePart(text, position, output, kinds, space);
    }

    private int EncodePart(ReadOnlySpan<char> text, int position, TokenList output, AddedTokenKinds kinds, EncodeSpace space)
    {
        AddedTokenFinder finder = _added.Normalized(kinds);
        if (finder.IsEmpty || position >= text.Length)
            return EncodePlain(text, position, output, space.Word);
        AlignedText normalized = space.Normalized;
        int loneSurrogates = _normalizer.Normalize(text[position..], normalized), firstToken = output.Count, end = 0;
        AddedTokenFinder.Matches matches = finder.Find(normalized.Text);
        if (!matches.MoveNext())
            return EncodePlain(text, position, output, space.Word);
        do
        {
            AddedTokenFinder.Match match = matches.Current;
            EncodePlain(normalized.Text[..match.Start], end, output, space.Word);
            output.Add(match.Id, match.Start, match.End);
            end = match.End;
        }
        while (matches.MoveNext());
        // What is normalized stays as it is when it is normalized once more.
        EncodePlain(normalized.Text, end, output, space.Word);
        normalized.MoveToOrigin(output, firstToken, position, text.Length - position);
        return loneSurrogates;
    }

    private int EncodePlain(ReadOnlySpan<char> text, int position, TokenList output, WordPieceWord word)
    {
        int loneSurrogates = 0;
        Span<Rune> normalized = stackalloc Rune[BertNormalizer.MaxLength];
        word.Clear(_prefix.Length);
        while (position < text.Length)
        {
            if (word.CharacterCount == 0)
            {
                position = EncodeAscii(text, position, output, word);
                if (position == text.Length)
                    break;
            }
            if (Rune.DecodeFromUtf16(text[position..], out Rune rune, out int width) != OperationStatus.Done)
                loneSurrogates++;
            int start = position, end = position += width;
            if (Options.CleanText)
            {
                if (BertCharacters.IsDropped(rune))
                    continue;
                if (Rune.IsWhiteSpace(rune))
                {
                    EndWord(word, output);
                    continue;
                }
            }
            bool isChinese = Options.HandleChineseCharacters && BertCharacters.IsChinese(rune);
            if (isChinese)
                EndWord(word, output);
            foreach (Rune part in normalized[.._normalizer.StripAndLower(rune, normalized)])
            {
                if (Rune.IsWhiteSpace(part))
                {
                    EndWord(word, output);
                    continue;
                }
                bool isPunctuation = BertCharacters.IsPunctuation(part);
                if (isPunctuation)
                    EndWord(word, output);
                word.Add(part, start, end, Options.MaxCharactersPerWord);
                if (isPunctuation)
                    EndWord(word, output);
            }
            if (isChinese)
                EndWord(word, output);
        }
        EndWord(word, output);
        return loneSurrogates;
    }

    /// <summary>Encodes words and punctuation marks as long as they are short and ASCII, as most text is.</summary>
    /// <returns>The position of the first other character.</returns>
    private int EncodeAscii(ReadOnlySpan<char> text, int position, TokenList output, WordPieceWord word)
    {
        for (; position < text.Length; position++)
        {
            if (IsAsciiSpace(text[position]))
                continue;
            int length = AsciiWordCache.ReadWord(text[position..], out Vector128<byte> key), end = position + Math.Max(length, 1);
            if (length == 0)
            {
                if (!IsAsciiPunctuation(text[position]))
                    break;
                key = Vector128.CreateScalar((byte)text[position]);
            }
            else if (length > AsciiWordCache.LongestWord || end < text.Length && !IsAsciiSpace(text[end]) && !IsAsciiPunctuation(text[end]))
            {
                break;
            }
            if (!_cache.TryAppend(key, position, output))
            {
                int first = output.Count;
                for (int i = position; i < end; i++)
                {
                    char character = text[i];
                    word.Add(new Rune(Options.Lowercase ? char.ToLowerInvariant(character) : character), i, i + 1,
                        Options.MaxCharactersPerWord);
                }
                EndWord(word, output);
                _cache.Add(key, position, output, first);
            }
            position = end - 1;
        }
        return position;
    }

    private static bool IsAsciiSpace(char character) => character is ' ' or '\t' or '\n' or '\r';

    private static bool IsAsciiPunctuation(char character) => char.IsAscii(character) && BertCharacters.IsPunctuation(new Rune(character));

    private void EndWord(WordPieceWord word, TokenList output)
    {
        if (word.CharacterCount == 0)
            return;
        word.AppendPieces(_vocabulary, _prefix, Options.MaxCharactersPerWord, _specials, output);
        word.Clear(_prefix.Length);
    }

    private int CheckId(int id) => (uint)id < (uint)_tokens.Count ? id : throw new ArgumentOutOfRangeException(
        nameof(id), id, $"The vocabulary has {_tokens.Count} ids, from 0.");

    /// <summary>A thread's state for encoding a text, reused between texts.</summary>
    private sealed class EncodeSpace
    {
        public WordPieceWord Word { get; } = new();

        public AlignedText Normalized { get; } = new();
    }
}
