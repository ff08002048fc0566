using Microsoft.ML.Diffusion.Text.Unicode;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>
/// Finds added tokens in one text: the leftmost, of those the longest, each after the one before, as Hugging Face's tokenizers
/// (<c>find_matches</c> in added_vocabulary.rs) do. So a token that must be a word of its own and is not one hides what overlaps it.
/// </summary>
internal sealed class AddedTokenFinder
{
    private readonly AddedToken[] _tokens;
    private readonly StringTrie? _trie;
    private readonly int[] _lengths;

    /// <summary>Makes a finder.</summary>
    /// <param name="tokens">The tokens. Of two that are spelled alike the first is found.</param>
    /// <param name="spelling">How a token is spelled in the texts that are given; one that is spelled by nothing is not found.</param>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens, Func<AddedToken, string> spelling)
    {
        (AddedToken Token, string Spelling)[] spelled =
            [.. tokens.Select(token => (token, spelling(token))).Where(static pair => pair.Item2.Length > 0)];
        _tokens = Array.ConvertAll(spelled, static pair => pair.Token);
        _lengths = Array.ConvertAll(spelled, static pair => pair.Spelling.Length);
        _trie = spelled.Length == 0 ? null : new StringTrie(Array.ConvertAll(spelled, static pair => pair.Spelling));
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => _trie is null;

    /// <summary>The tokens in a text.</summary>
    public Matches Find(ReadOnlySpan<char> text) => new(this, text);

    /// <summary>Where a token was found, with the whitespace that it takes.</summary>
    internal readonly record struct Match(int Id, int Start, int End);

    /// <summary>The tokens in a text, one after the other.</summary>
    internal ref struct Matches
    {
        private readonly AddedTokenFinder _finder;
        private readonly ReadOnlySpan<char> _text;
        private int _position;
        private int _taken;

        internal Matches(AddedTokenFinder finder, ReadOnlySpan<char> text)
        {
            _finder = finder;
            _text = text;
        }

        /// <summary>The token.</summary>
        public Match Current { get; private set; }

        /// <summary>These.</summary>
        public readonly Matches GetEnumerator() => this;

        /// <summary>Finds the next token.</summary>
        public bool MoveNext()
        {
            while (_finder._trie is { } trie && trie.Next(_text, ref _position) is >= 0 and int found)
            {
                AddedToken token = _finder._tokens[found];
                int start = _position, end = start + _finder._lengths[found];
                _position = end;
                if (token.SingleWord && (WordCharacters.IsLast(_text[..start]) || WordCharacters.IsFirst(_text[end..])))
                    continue;
                if (token.TakesLeft)
                    start = Math.Max(_taken, _text[..start].TrimEnd().Length);
                if (token.TakesRight)
                    end = _text.Length - _text[end..].TrimStart().Length;
                // A token of whitespace may be nothing but what the token before it takes.
                if (start >= end)
                    continue;
                Current = new Match(token.Id, start, end);
                _taken = end;
                return true;
            }
            return false;
        }
    }
}
