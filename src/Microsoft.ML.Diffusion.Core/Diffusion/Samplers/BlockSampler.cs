namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.Blocks"/>.</summary>
internal sealed class BlockSampler : Sampler
{
    private readonly int _size;
    private readonly Sampler _inner;

    public BlockSampler(int size, Sampler inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (size < 1)
            throw new ArgumentOutOfRangeException(nameof(size), size, "Give the number of masks in a block, 1 or more; 32 is usual.");
        if (inner is BlockSampler)
            throw new ArgumentException(
                $"The inner sampler {inner} is itself made of blocks. Give a sampler that writes within one block, such as Ancestral.",
                nameof(inner));
        (_size, _inner) = (size, inner);
    }

    public override string ToString() => SamplerText.Write("Blocks", _size, _inner);

    internal override ConfidenceScore Score => _inner.Score;

    internal override bool NeedsLogProbabilities => _inner.NeedsLogProbabilities;

    internal override void Check(MaskSchedule schedule) => _inner.Check(schedule);

    internal override int StepsFor(int masks, int steps)
    {
        int sum = 0;
        for (int start = 0; start < masks; start += _size)
            sum = checked(sum + StepsOf(start, masks, steps));
        return sum;
    }

    internal override void Start(DenoisingRow row, int steps)
    {
        row.Steps = StepsFor(row.Positions.Length, steps);
        Enter(row, 0, steps);
    }

    internal override double MaskRate(MaskSchedule schedule, double t) => _inner.MaskRate(schedule, t);

    internal override int TopK(DenoisingRow row) => _inner.TopK(row);

    internal override void Plan(DenoisingRow row) => _inner.Plan(row);

    internal override void Decide(DenoisingRow row) => _inner.Decide(row);

    internal override bool IsFinished(DenoisingRow row) => row.PartEnd == row.Positions.Length && _inner.IsFinished(row);

    internal override bool IsSettled(DenoisingRow row) => _inner.IsSettled(row);

    internal override void Advance(DenoisingRow row, int steps)
    {
        if (_inner.IsFinished(row))
            Enter(row, row.PartEnd, steps);
    }

    private void Enter(DenoisingRow row, int start, int steps) =>
        row.EnterPart(start, End(start, row.Positions.Length), StepsOf(start, row.Positions.Length, steps));

    private int End(int start, int masks) => (int)Math.Min((long)start + _size, masks);

    // The share of the steps up to the block's end, less the share up to its start.
    private int StepsOf(int start, int masks, int steps)
    {
        int end = End(start, masks);
        int share = (int)((long)steps * end / masks - (long)steps * start / masks);
        return _inner.StepsFor(end - start, Math.Max(share, 1));
    }
}
