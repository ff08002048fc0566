namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>The bounds of a batch's sequences, and what operations make of them on the device, each at most once.</summary>
/// <param name="engine">The engine.</param>
/// <param name="bounds">[sequences + 1].</param>
internal sealed class BatchSequences(TorchSharpEngine engine, int[] bounds) : IDisposable
{
    /// <summary>The most scores of one head in a rectangle of sequences: 64 MiB.</summary>
    private const long ScoresInRectangle = 1 << 24;

    private TorchTensor? _positions;
    private TorchTensor? _sequenceOfRow;
    private TorchTensor? _firstRows;
    private TorchTensor? _lengths;
    private TorchTensor? _onDevice;
    private PaddedSequences[]? _padded;

    /// <summary>The number of sequences.</summary>
    public int Count => bounds.Length - 1;

    /// <summary>The rows of the longest.</summary>
    public int Longest { get; } = Enumerable.Range(0, bounds.Length - 1).Select(i => bounds[i + 1] - bounds[i]).DefaultIfEmpty().Max();

    /// <summary>Whether all are equally long.</summary>
    public bool AreEqual => (long)Longest * Count == bounds[^1];

    /// <summary>The position of each row in its sequence, int64, [rows].</summary>
    public TorchTensor Positions => _positions ??= OfRows((sequence, row) => row - bounds[sequence]);

    /// <summary>The sequence of each row, int64, [rows].</summary>
    public TorchTensor SequenceOfRow => _sequenceOfRow ??= OfRows((sequence, _) => sequence);

    /// <summary>The first row of each sequence, int64, [sequences].</summary>
    public TorchTensor FirstRows => _firstRows ??= Own(engine.OnDevice<long>([.. bounds.Take(Count).Select(bound => (long)bound)]));

    /// <summary>The rows of each sequence, float32, [sequences × 1].</summary>
    public TorchTensor Lengths => _lengths ??=
        Own(engine.OnDevice<float>([.. Enumerable.Range(0, Count).Select(i => (float)(bounds[i + 1] - bounds[i]))]).view(-1, 1));

    /// <summary>The bounds, int32, [sequences + 1].</summary>
    public TorchTensor Bounds => _onDevice ??= Own(engine.OnDevice<int>(bounds));

    /// <summary>
    /// All sequences with rows, in rectangles of consecutive ones, each padded to its longest: for operations that know no others.
    /// </summary>
    public IReadOnlyList<PaddedSequences> Padded => _padded ??= [.. Pad()];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TorchTensor? tensor in (TorchTensor?[])[_positions, _sequenceOfRow, _firstRows, _lengths, _onDevice])
            tensor?.Dispose();
        foreach (PaddedSequences padded in _padded ?? [])
            padded.Dispose();
    }

    private static TorchTensor Own(TorchTensor tensor) => tensor.DetachFromDisposeScope();

    private TorchTensor OfRows(Func<int, int, long> value)
    {
        var values = new long[bounds[^1]];
        for (int i = 0; i < Count; i++)
        {
            for (int row = bounds[i]; row < bounds[i + 1]; row++)
                values[row] = value(i, row);
        }
        return Own(engine.OnDevice<long>(values));
    }

    private IEnumerable<PaddedSequences> Pad()
    {
        for (int first = 0, end; first < Count; first = end)
        {
            long longest = 0;
            for (end = first; end < Count; end++)
            {
                long length = Math.Max(longest, bounds[end + 1] - bounds[end]);
                if (end > first && (end + 1 - first) * length * length > ScoresInRectangle)
                    break;
                longest = length;
            }
            if (longest > 0)
                yield return new PaddedSequences(engine, bounds[first..(end + 1)], bounds[end] - bounds[first] == bounds[^1]);
        }
    }
}
