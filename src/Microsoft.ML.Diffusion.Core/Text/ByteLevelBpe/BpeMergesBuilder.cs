namespace Microsoft.ML.Diffusion.Text.ByteLevelBpe;

/// <summary>Collects merges by their spellings, and checks that the vocabulary has all three tokens of each.</summary>
internal sealed class BpeMergesBuilder(string source, Vocabulary vocabulary, int count)
{
    private readonly int[] _left = new int[count];
    private readonly int[] _right = new int[count];
    private readonly int[] _joined = new int[count];
    private readonly byte[] _spelling = new byte[vocabulary.LongestSpelling];
    private int _used;

    /// <summary>Adds a merge written as two spellings separated by one space.</summary>
    /// <param name="pair">The merge.</param>
    /// <param name="unit">The unit of the number in messages, "line" or "merge".</param>
    /// <param name="number">Its number, from 1.</param>
    public void Add(ReadOnlySpan<byte> pair, string unit, int number)
    {
        int space = pair.IndexOf((byte)' ');
        if (space <= 0 || space == pair.Length - 1 || pair[(space + 1)..].Contains((byte)' '))
            throw new TokenizerException(
                $"{source}, {unit} {number}: '{Messages.Shorten(pair)}' is not a merge; expected two tokens separated by one space. Check " +
                "that the file is complete.");
        Add(pair[..space], pair[(space + 1)..], unit, number);
    }

    /// <summary>Adds a merge.</summary>
    public void Add(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, string unit, int number)
    {
        int leftId = Find(left, unit, number), rightId = Find(right, unit, number), joinedId = -1;
        if (left.Length + right.Length <= _spelling.Length)
        {
            left.CopyTo(_spelling);
            right.CopyTo(_spelling.AsSpan(left.Length));
            joinedId = vocabulary.Find(_spelling.AsSpan(0, left.Length + right.Length));
        }
        if (joinedId < 0)
            throw new TokenizerException(
                $"{source}, {unit} {number}: '{Messages.Shorten(left)}' and '{Messages.Shorten(right)}' form a token that the vocabulary " +
                "lacks. Use merges and vocabulary of the same tokenizer.");
        CheckSpelling(joinedId, _spelling.AsSpan(0, left.Length + right.Length));
        (_left[_used], _right[_used], _joined[_used]) = (leftId, rightId, joinedId);
        _used++;
    }

    /// <summary>The merges.</summary>
    public BpeMerges Build() => new(_left, _right, _joined);

    private int Find(ReadOnlySpan<byte> spelling, string unit, int number)
    {
        int id = vocabulary.Find(spelling);
        if (id < 0)
            throw new TokenizerException(
                $"{source}, {unit} {number}: the vocabulary has no token '{Messages.Shorten(spelling)}'. Use merges and vocabulary of " +
                "the same tokenizer.");
        CheckSpelling(id, spelling);
        return id;
    }

    // A merge is stored by its ids, and saved by their spellings.
    private void CheckSpelling(int id, ReadOnlySpan<byte> spelling)
    {
        ReadOnlySpan<byte> other = vocabulary.Spelling(id);
        if (!other.SequenceEqual(spelling))
            throw new TokenizerException(
                $"The vocabulary gives the id {id} to two tokens, '{Messages.Shorten(spelling)}' and '{Messages.Shorten(other)}', " +
                $"and {source} joins them. {TokenConflict.Advice}");
    }
}
