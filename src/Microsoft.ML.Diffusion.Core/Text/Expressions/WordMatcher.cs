namespace Microsoft.ML.Diffusion.Text.Expressions;

/// <summary>Finds an expression's matches in a text, one after another. Of use to one thread at a time; its arrays are kept between texts.</summary>
internal sealed class WordMatcher
{
    private Threads _current = new(), _next = new();
    private int[] _seconds = [];
    private int _characters;

    /// <summary>The steps that the rest of the text may take.</summary>
    public long StepsLeft { get; private set; }

    /// <summary>Begins a text; what its matches take together is bounded.</summary>
    public void Begin(int characters) => (_characters, StepsLeft) = (characters, WordExpression.StepsFor(characters));

    /// <summary>Finds the leftmost match from a place on; of those that start there, the one that the expression prefers.</summary>
    /// <exception cref="TokenizerException">The text begun takes too many steps.</exception>
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
                    // Those that follow are less preferred.
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

    /// <summary>Adds a thread at a place, or those that the forks there lead to, in their order.</summary>
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

    /// <summary>Threads by preference, none of which are at one place.</summary>
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

        /// <summary>Whether a place is reached for the first time.</summary>
        public bool Reach(int place)
        {
            bool first = _reached[place] != _generation;
            _reached[place] = _generation;
            return first;
        }

        public void Add(int place, int began) => _items[Count++] = (place, began);
    }
}
