namespace WriteStories;

/// <summary>Neighboring tokens that are drawn together in the same way, because a character may consist of several tokens.</summary>
internal readonly ref struct TokenRun
{
    public required ReadOnlySpan<int> Tokens { get; init; }

    public required bool IsMask { get; init; }

    /// <summary>Whether the tokens were masks before.</summary>
    public required bool IsFresh { get; init; }

    public static Runs Split(ReadOnlySpan<int> tokens, ReadOnlySpan<int> before, int mask) => new(tokens, before, mask);

    public ref struct Runs(ReadOnlySpan<int> tokens, ReadOnlySpan<int> before, int mask)
    {
        private readonly ReadOnlySpan<int> _tokens = tokens;
        private readonly ReadOnlySpan<int> _before = before;
        private int _start;
        private int _end;

        public readonly TokenRun Current => new() { Tokens = _tokens[_start.._end], IsMask = IsMask(_start), IsFresh = IsFresh(_start) };

        public readonly Runs GetEnumerator() => this;

        public bool MoveNext()
        {
            _start = _end;
            while (_end < _tokens.Length && IsMask(_end) == IsMask(_start) && IsFresh(_end) == IsFresh(_start))
                _end++;
            return _start < _end;
        }

        private readonly bool IsMask(int i) => _tokens[i] == mask;

        private readonly bool IsFresh(int i) => !IsMask(i) && _before[i] == mask;
    }
}
