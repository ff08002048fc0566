namespace Microsoft.ML.Diffusion.Compute;

/// <summary>
/// The sequences that a run has copied to the device, by their bounds, so that none is copied twice. Memory is reused from run to run.
/// </summary>
internal sealed class KnownSequences
{
    private readonly List<(int Start, Sequences Sequences)> _known = [];
    private int[] _bounds = new int[64];
    private int _used;

    public void Clear()
    {
        _known.Clear();
        _used = 0;
    }

    /// <summary>The sequences with these bounds; null if they are new.</summary>
    public Sequences? Find(ReadOnlySpan<int> bounds)
    {
        foreach ((int start, Sequences sequences) in _known)
        {
            if (bounds.SequenceEqual(_bounds.AsSpan(start, sequences.Count + 1)))
                return sequences;
        }
        return null;
    }

    public void Add(ReadOnlySpan<int> bounds, Sequences sequences)
    {
        if (_used + bounds.Length > _bounds.Length)
            Array.Resize(ref _bounds, Math.Max(_used + bounds.Length, 2 * _bounds.Length));
        bounds.CopyTo(_bounds.AsSpan(_used));
        _known.Add((_used, sequences));
        _used += bounds.Length;
    }
}
