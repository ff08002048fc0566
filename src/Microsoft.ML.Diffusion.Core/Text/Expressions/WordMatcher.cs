namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>Finds the successive matches of an expression in a text. Not thread-safe; its arrays are reused between texts.</summary>
internal sealed class WordMatcher
{
    private Threads _current = new(), _next = new();
    private int[] _seconds = [];
    private int _characters;

    /// <summary>The number of steps allowed for the rest of the text.</summary>
    public long StepsLeft { get; private set; }

    /// <summary>Starts a text; the work of all its matches together is limited.</summary>
    public void Begin(int characters) => (_characters, StepsLeft) = (characters, WordExpression.StepsFor(characters));

    /// <summary>
    /// Finds the leftmost match from a position on and, among those that start there, the one that the expression prefers.
    /// </summary>
    /// <exception cref="TokenizerException">The text takes too many steps.</exception>
    public bool Find(WordExpression expression, ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        Instruction[] code = expression.Instructions;
        (start, end) = (-1, -1);
        if (_seconds.Length < code.Length)
            _seconds = new int[code.Length];
        _current.Clear(code.Length);
        for (int position = from; position <= text.Length; position++)
        {
            if (start < 0)
                Add(code, _current, 0, position);
            else if (_current.Count == 0)
                break;
            _next.Clear(code.Length);
            for (int i = 0; i < _current.Count; i++)
            {
                (int place, int began) = _current[i];
                Instruction instruction = code[place];
                if (instruction.Set is not CharacterSet set)
                {
                    // The threads after it are less preferred.
                    (start, end) = (began, position);
                    break;
                }
                if (position < text.Length && set.Contains(text[position]))
                    Add(code, _next, instruction.First, began);
            }
            (_current, _next) = (_next, _current);
            if (StepsLeft < 0)
                throw expression.TooManySteps(_characters);
        }
        return start >= 0;
    }

    /// <summary>Adds a thread at an instruction, or at those that the forks there lead to, in order.</summary>
    private void Add(Instruction[] code, Threads threads, int place, int began)
    {
        int waiting = 0;
        while (true)
        {
            StepsLeft--;
            if (threads.Reach(place))
            {
                Instruction instruction = code[place];
                if (instruction.IsFork)
                {
                    _seconds[waiting++] = instruction.Second;
                    place = instruction.First;
                    continue;
                }
                threads.Add(place, began);
            }
            if (waiting == 0)
                return;
            place = _seconds[--waiting];
        }
    }

    /// <summary>Threads by preference, at distinct instructions.</summary>
    private sealed class Threads
    {
        private (int Place, int Began)[] _items = [];
        private int[] _reached = [];
        private int _generation;

        public int Count { get; private set; }

        public (int Place, int Began) this[int index] => _items[index];

        public void Clear(int places)
        {
            if (_items.Length < places)
                (_items, _reached) = (new (int, int)[places], new int[places]);
            if (++_generation == int.MaxValue)
            {
                Array.Clear(_reached);
                _generation = 1;
            }
            Count = 0;
        }

        /// <summary>Whether an instruction is reached for the first time.</summary>
        public bool Reach(int place)
        {
            bool first = _reached[place] != _generation;
            _reached[place] = _generation;
            return first;
        }

        public void Add(int place, int began) => _items[Count++] = (place, began);
    }
}
