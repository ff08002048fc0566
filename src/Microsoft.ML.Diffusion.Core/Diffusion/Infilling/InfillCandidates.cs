using Microsoft.ML.Diffusion.Compute;

namespace Microsoft.ML.Diffusion.Infilling;

/// <summary>
/// The candidates of a template, ordered by lengths and places: all of them, or a Latin hypercube of them (McKay et al., 1979) where there
/// are more than the settings allow.
/// </summary>
internal sealed class InfillCandidates
{
    private const ulong ShuffleKey = 0x63616E64696461; // "candida"

    private readonly TokenizedTemplate _template;
    private readonly int _room;
    private readonly int _most;
    private readonly int[] _lengths;
    private readonly WordPlace[] _places;
    private readonly List<InfillCandidate> _found = [];
    private int _tries;

    private InfillCandidates(TokenizedTemplate template, int room, int most)
    {
        (_template, _room, _most) = (template, room, most);
        (_lengths, _places) = ([.. template.Gaps.Select(gap => gap.Shortest)], new WordPlace[template.Words.Count]);
    }

    /// <summary>The candidates.</summary>
    /// <param name="template">The template, which has a gap.</param>
    /// <param name="room">The most tokens in all gaps together.</param>
    /// <param name="most">The most candidates.</param>
    /// <returns>One or more candidates; none if the required words could not be placed.</returns>
    public static IReadOnlyList<InfillCandidate> Choose(TokenizedTemplate template, int room, int most)
    {
        var candidates = new InfillCandidates(template, room, most);
        candidates.FindAll();
        List<InfillCandidate> found = candidates._found;
        if (found.Count <= most && !candidates.IsGivenUp)
            return found;
        // A drawn length may have no room for a word. If that leaves few candidates, the first ones in order are as good.
        List<InfillCandidate> drawn = candidates.Draw();
        return drawn.Count >= Math.Min(found.Count, most) / 2 && drawn.Count > 0 ? drawn : [.. found.Take(most)];
    }

    private bool IsEnough => _found.Count > _most || IsGivenUp;

    // Required words that fit in only a few ways must not be searched for endlessly; placing the words of one candidate takes at most 17
    // tries.
    private bool IsGivenUp => _tries >= 10_000 + 32L * _most;

    private void FindAll()
    {
        int used = _lengths.Sum();
        do
            Place(0);
        while (!IsEnough && Lengthen(ref used));
    }

    // The next lengths, in lexicographic order, that fit.
    private bool Lengthen(ref int used)
    {
        for (int gap = _lengths.Length - 1; gap >= 0; gap--)
        {
            if (_lengths[gap] < _template.Gaps[gap].Longest && used < _room)
            {
                _lengths[gap]++;
                used++;
                return true;
            }
            used -= _lengths[gap] - _template.Gaps[gap].Shortest;
            _lengths[gap] = _template.Gaps[gap].Shortest;
        }
        return false;
    }

    // Places the words from the given one on, in all ways.
    private void Place(int word)
    {
        _tries++;
        if (word == _places.Length)
        {
            _found.Add(new InfillCandidate([.. _lengths], [.. _places]));
            return;
        }
        foreach (WordPlace place in FreePlaces(word))
        {
            _places[word] = place;
            Place(word + 1);
            if (IsEnough)
                return;
        }
    }

    // The places where a word may stand, given the words before it.
    private List<WordPlace> FreePlaces(int word)
    {
        List<WordPlace> free = [];
        for (int gap = 0; gap < _lengths.Length; gap++)
        {
            for (int offset = 0; offset < _lengths[gap]; offset++)
            {
                int length = _template.TokensOf(word, gap, offset).Length, end = offset + length;
                if (end > _lengths[gap] || end == _lengths[gap] && !_template.MayEndWithWord(gap))
                    continue;
                bool isTaken = false;
                foreach (WordPlace other in _places.AsSpan(0, word))
                    isTaken |= other.Gap == gap && other.Offset < end && offset < other.Offset + other.Length;
                if (!isTaken)
                    free.Add(new WordPlace(gap, offset, length));
            }
        }
        return free;
    }

    // Each gap's lengths and each word's places are divided into as many equal parts as there are candidates. Every part is used once, and
    // a shuffle decides which parts are combined. Combinations that are too long are shortened in proportion.
    private List<InfillCandidate> Draw()
    {
        int[][] parts = [.. Enumerable.Range(0, _lengths.Length + _places.Length).Select(Shuffled)];
        int slack = _room - _template.Gaps.Sum(gap => gap.Shortest);
        var drawn = new SortedDictionary<int[], InfillCandidate>(
            Comparer<int[]>.Create(static (first, second) => first.AsSpan().SequenceCompareTo(second)));
        for (int i = 0; i < _most; i++)
        {
            long more = 0;
            for (int gap = 0; gap < _lengths.Length; gap++)
            {
                _lengths[gap] = Part(parts[gap][i], Math.Min(_template.Gaps[gap].Longest - _template.Gaps[gap].Shortest, slack) + 1);
                more += _lengths[gap];
            }
            for (int gap = 0; gap < _lengths.Length; gap++)
                _lengths[gap] = _template.Gaps[gap].Shortest + (more <= slack ? _lengths[gap] : (int)(_lengths[gap] * (long)slack / more));
            if (!PlaceAt(word => parts[_lengths.Length + word][i]))
                continue;
            int[] key = [.. _lengths, .. _places.SelectMany(static place => (int[])[place.Gap, place.Offset])];
            drawn.TryAdd(key, new InfillCandidate([.. _lengths], [.. _places]));
        }
        return [.. drawn.Values];
    }

    private bool PlaceAt(Func<int, int> part)
    {
        for (int word = 0; word < _places.Length; word++)
        {
            List<WordPlace> free = FreePlaces(word);
            if (free.Count == 0)
                return false;
            _places[word] = free[Part(part(word), free.Count)];
        }
        return true;
    }

    // The middle of one of count equal parts.
    private int Part(int part, int count) => (int)((2L * part + 1) * count / (2L * _most));

    private int[] Shuffled(int dimension) =>
        [.. Enumerable.Range(0, _most).OrderBy(i => Philox.Uniform(ShuffleKey, (ulong)dimension, (ulong)i))];
}
