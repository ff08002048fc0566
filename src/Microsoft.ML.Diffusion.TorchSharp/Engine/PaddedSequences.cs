namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Consecutive sequences of a batch, and their places in a rectangle, [count × longest], which scripts pad with zeros.
/// </summary>
internal sealed class PaddedSequences : IDisposable
{
    private readonly TorchSharpEngine _engine;
    private readonly int[] _bounds;
    private readonly bool _isWhole;
    private readonly Dictionary<AttentionPattern, TorchTensor> _masks = [];
    private TorchTensor? _places;

    /// <param name="engine">The engine.</param>
    /// <param name="bounds">[count + 1], in rows of the batch.</param>
    /// <param name="isWhole">Whether these are all the batch's rows.</param>
    public PaddedSequences(TorchSharpEngine engine, int[] bounds, bool isWhole)
    {
        (_engine, _bounds, _isWhole) = (engine, bounds, isWhole);
        Longest = Enumerable.Range(0, Count).Max(Length);
    }

    /// <summary>The number of sequences.</summary>
    public int Count => _bounds.Length - 1;

    /// <summary>The rows of the longest.</summary>
    public int Longest { get; }

    /// <summary>The first row in the batch.</summary>
    public int FirstRow => _bounds[0];

    /// <summary>The rows of all.</summary>
    public int Rows => _bounds[^1] - _bounds[0];

    /// <summary>Whether nothing is padded.</summary>
    public bool IsFull => (long)Count * Longest == Rows;

    /// <summary>The place of each row in the rectangle, int64, [rows]; null if nothing is padded.</summary>
    public TorchTensor? Places
    {
        get
        {
            if (IsFull || _places is not null)
                return _places;
            var places = new long[Rows];
            for (int i = 0; i < Count; i++)
            {
                for (int row = _bounds[i]; row < _bounds[i + 1]; row++)
                    places[row - FirstRow] = (long)i * Longest + row - _bounds[i];
            }
            return _places = _engine.OnDevice<long>(places).DetachFromDisposeScope();
        }
    }

    /// <summary>These sequences' rows of a batch's.</summary>
    public TorchTensor RowsOf(TorchTensor batch) => _isWhole ? batch : batch.narrow(0, FirstRow, Rows);

    /// <summary>
    /// What is added to scores so that a position sees others of its sequence by a pattern, 0 or −∞, [count or 1 × 1 × longest × longest];
    /// null if all see all. Padding sees itself, so that its softmax is a number.
    /// </summary>
    public TorchTensor? Mask(AttentionPattern pattern)
    {
        bool isWindow = pattern.Before < Longest - 1 || pattern.After < Longest - 1;
        if (IsFull && !isWindow)
            return null;
        if (_masks.TryGetValue(pattern, out TorchTensor? known))
            return known;
        using DisposeScope scope = NewDisposeScope();
        TorchTensor positions = arange(Longest, ScalarType.Int64, _engine.Device);
        TorchTensor distance = positions.view(1, -1).sub(positions.view(-1, 1)); // key − query
        TorchTensor sees = distance.ge(-Math.Min(pattern.Before, Longest)).logical_and(distance.le(Math.Min(pattern.After, Longest)))
            .view(1, 1, Longest, Longest);
        if (!IsFull)
        {
            long[] lengths = [.. Enumerable.Range(0, Count).Select(i => (long)Length(i))];
            TorchTensor isRow = positions.view(1, -1).lt(_engine.OnDevice<long>(lengths).view(-1, 1)).view(Count, 1, 1, Longest);
            sees = sees.logical_and(isRow).logical_or(distance.eq(0).view(1, 1, Longest, Longest));
        }
        TorchTensor mask = zeros(sees.shape, ScalarType.Float32, _engine.Device)
            .masked_fill_(sees.logical_not(), Scalars.NegativeInfinity).DetachFromDisposeScope();
        _masks.Add(pattern, mask);
        return mask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _places?.Dispose();
        foreach (TorchTensor mask in _masks.Values)
            mask.Dispose();
    }

    private int Length(int i) => _bounds[i + 1] - _bounds[i];
}
