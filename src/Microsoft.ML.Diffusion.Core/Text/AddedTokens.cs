using System.Buffers;

namespace Microsoft.ML.Diffusion.Text;

/// <summary>Which added tokens are matched.</summary>
internal enum AddedTokenKinds
{
    /// <summary>Those that represent text.</summary>
    Text,

    /// <summary>The special ones too.</summary>
    All,
}

/// <summary>Finds added tokens in text: the leftmost match, and the longest of those.</summary>
internal sealed class AddedTokens
{
    private readonly Finder _text;
    private readonly Finder _all;
    private readonly HashSet<int> _ids = [];

    public AddedTokens(IReadOnlyList<AddedToken> tokens)
    {
        Tokens = tokens;
        _text = new Finder(tokens.Where(static token => !token.IsSpecial));
        _all = new Finder(tokens);
        foreach (AddedToken token in tokens)
            _ids.Add(token.Id);
    }

    /// <summary>The tokens, in the order of their ids.</summary>
    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <summary>Whether an id belongs to an added token.</summary>
    public bool Contains(int id) => _ids.Contains(id);

    /// <summary>The next added token at or after a position.</summary>
    public bool Next(ReadOnlySpan<char> text, int from, AddedTokenKinds kinds, out Match match) =>
        (kinds == AddedTokenKinds.All ? _all : _text).Next(text, from, out match);

    /// <summary>The place of a matched token, including its whitespace.</summary>
    internal readonly record struct Match(int Id, int Start, int End);

    private sealed class Finder
    {
        private readonly AddedToken[] _tokens;
        private readonly SearchValues<char> _firsts;

        public Finder(IEnumerable<AddedToken> tokens)
        {
            _tokens = [.. tokens.Where(static token => token.Content.Length > 0).OrderByDescending(static token => token.Content.Length)];
            _firsts = SearchValues.Create([.. _tokens.Select(static token => token.Content[0]).Distinct()]);
        }

        public bool Next(ReadOnlySpan<char> text, int from, out Match match)
        {
            for (int position = from; _tokens.Length > 0 && position < text.Length; position++)
            {
                int skip = text[position..].IndexOfAny(_firsts);
                if (skip < 0)
                    break;
                position += skip;
                foreach (AddedToken token in _tokens)
                {
                    if (!text[position..].StartsWith(token.Content))
                        continue;
                    int start = position, end = position + token.Content.Length;
                    if (token.SingleWord && ((start > 0 && IsWord(text[start - 1])) || (end < text.Length && IsWord(text[end]))))
                        continue;
                    while (token.TakesLeft && start > from && char.IsWhiteSpace(text[start - 1]))
                        start--;
                    while (token.TakesRight && end < text.Length && char.IsWhiteSpace(text[end]))
                        end++;
                    match = new Match(token.Id, start, end);
                    return true;
                }
            }
            match = default;
            return false;
        }

        private static bool IsWord(char value) => char.IsLetterOrDigit(value) || value == '_';
    }
}
