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
    private static WordPieceWord? s_word;

    private readonly Vocabulary _vocabulary;
    private readonly AddedTokens _added;
    private readonly SpecialTokenIds _specials;
    private readonly byte[] _prefix;
    private readonly bool _stripAccents;
    private readonly AsciiWordCache _cache = new();

    internal WordPieceTokenizer(string source, Vocabulary vocabulary, IReadOnlyList<AddedToken> added, WordPieceOptions options)
    {
        (_vocabulary, Options) = (vocabulary, options);
        _specials = new SpecialTokenIds(source, vocabulary, options.SpecialTokens, added);
        _added = new AddedTokens(_specials.Complete(added, maskTakesLeft: false));
        _prefix = Encoding.UTF8.GetBytes(options.ContinuationPrefix);
        _stripAccents = options.StripAccents ?? options.Lowercase;
        if (options.MaxCharactersPerWord < 1)
            throw new TokenizerException(
                $"{source}: MaxCharactersPerWord is {options.MaxCharactersPerWord}; expected at least 1 (BERT: 100).");
    }

    /// <summary>The options of this tokenizer.</summary>
    public WordPieceOptions Options { get; }

    /// <inheritdoc/>
    public override int VocabularySize => _vocabulary.Count;

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
    public override bool IsSpecial(int id) => _specials.Contains(id);

    /// <inheritdoc/>
    public override string Spell(int id) => Encoding.UTF8.GetString(_vocabulary.Spelling(CheckId(id)));

    /// <inheritdoc/>
    public override int Find(string spelling)
    {
        ArgumentNullException.ThrowIfNull(spelling);
        return _vocabulary.Find(spelling);
    }

    /// <inheritdoc/>
    public override int Encode(ReadOnlySpan<char> text, TokenList output) => EncodeParts(text, output, AddedTokenKinds.Text);

    /// <inheritdoc/>
    public override int EncodeMarkup(ReadOnlySpan<char> text, TokenList output) => EncodeParts(text, output, AddedTokenKinds.All);

    private int EncodeParts(ReadOnlySpan<char> text, TokenList output, AddedTokenKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(output);
        WordPieceWord word = s_word ??= new WordPieceWord();
        int loneSurrogates = 0, position = 0;
        while (_added.Next(text, position, kinds, out AddedTokens.Match match))
        {
            loneSurrogates += EncodePlain(text[..match.Start], position, output, word);
            output.Add(match.Id, match.Start, match.End);
            position = match.End;
        }
        return loneSurrogates + EncodePlain(text, position, output, word);
    }

    private int EncodePlain(ReadOnlySpan<char> text, int position, TokenList output, WordPieceWord word)
    {
        int loneSurrogates = 0;
        Span<Rune> normalized = stackalloc Rune[CanonicalDecomposition.MaxLength + 1];
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
            foreach (Rune part in normalized[..Normalize(rune, normalized)])
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

    private int Normalize(Rune rune, Span<Rune> normalized)
    {
        int count = 1;
        normalized[0] = rune;
        if (_stripAccents)
            count = CanonicalDecomposition.WithoutMarks(rune, normalized);
        if (!Options.Lowercase)
            return count;
        for (int i = 0; i < count; i++)
        {
            // İ, the one character with a lowercase of two: i and a dot above. With accents stripped it does not get here.
            if (normalized[i].Value == 0x130)
            {
                (normalized[0], normalized[1]) = (new Rune('i'), new Rune(0x307));
                return 2;
            }
            normalized[i] = Rune.ToLowerInvariant(normalized[i]);
        }
        return count;
    }

    private void EndWord(WordPieceWord word, TokenList output)
    {
        if (word.CharacterCount == 0)
            return;
        word.AppendPieces(_vocabulary, _prefix, Options.MaxCharactersPerWord, _specials, output);
        word.Clear(_prefix.Length);
    }

    private int CheckId(int id) => (uint)id < (uint)_vocabulary.Count ? id : throw new ArgumentOutOfRangeException(
        nameof(id), id, $"The vocabulary has {_vocabulary.Count} ids, from 0.");
}
