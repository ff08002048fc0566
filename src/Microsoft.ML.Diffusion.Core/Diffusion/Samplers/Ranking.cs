namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>Positions that compete within a step.</summary>
internal sealed class Ranking(int capacity)
{
    private readonly RankedPosition[] _candidates = new RankedPosition[capacity];
    private int _count;

    /// <summary>The greatest score first; of equal scores the lower position.</summary>
    public static Comparison<RankedPosition> GreatestFirst { get; } =
        static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Position.CompareTo(b.Position);

    public int Count => _count;

    public void Clear() => _count = 0;

    public void Add(int index, int position, double score) => _candidates[_count++] = new RankedPosition(index, position, score);

    /// <summary>The <paramref name="count"/> greatest, greatest first.</summary>
    public ReadOnlySpan<RankedPosition> Greatest(int count)
    {
        Span<RankedPosition> all = _candidates.AsSpan(0, _count);
        all.Sort(GreatestFirst);
        return all[..count];
    }

    /// <summary><paramref name="count"/> drawn one after another without replacement with odds e^(score /
    /// <paramref name="temperature"/>).</summary>
    public ReadOnlySpan<RankedPosition> Draw(IDraws draws, int step, int count, double temperature = 1)
    {
        Span<RankedPosition> all = _candidates.AsSpan(0, _count);
        foreach (ref RankedPosition candidate in all)
            candidate.Score /= temperature;
        draws.DrawFirst(step, all, count);
        return all[..count];
    }

    /// <summary>The <paramref name="count"/> at the front, by position.</summary>
    public ReadOnlySpan<RankedPosition> Ascending(int count)
    {
        Span<RankedPosition> front = _candidates.AsSpan(0, count);
        front.Sort(static (a, b) => a.Position.CompareTo(b.Position));
        return front;
    }
}
