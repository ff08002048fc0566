namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.Gibbs"/>.</summary>
internal sealed class GibbsSampler : Sampler
{
    private readonly int _iterations;
    private readonly int _burnIn;
    private readonly int _topK;

    public GibbsSampler(int iterations, int burnIn, int topK)
    {
        if (iterations < 1)
            throw new ArgumentOutOfRangeException(nameof(iterations), iterations,
                "Give the number of positions to write in all, 1 or more; 500 is usual.");
        if (burnIn < 0)
            throw new ArgumentOutOfRangeException(nameof(burnIn), burnIn,
                "Give the number of positions that are drawn from the whole distribution, 0 or more; 250 is usual.");
        if (topK < 0)
            throw new ArgumentOutOfRangeException(nameof(topK), topK,
                "Give the number of most likely tokens to choose from after the burn-in, or 0 for all.");
        (_iterations, _burnIn, _topK) = (iterations, burnIn, topK);
    }

    public override string ToString() => SamplerText.Write("Gibbs", _iterations, _burnIn, _topK);

    internal override int StepsFor(int masks, int steps) => Math.Max(_iterations, masks);

    internal override int TopK(DenoisingRow row) => row.PartStep > _burnIn ? _topK : 0;

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked.IsEmpty ? row.Part : row.Masked)
            row.Ranking.Add(0, position, 0);
        int drawn = row.Ranking.Draw(row.Draws, row.Step, 1)[0].Position;
        row.Remask(drawn);
        row.Ask(drawn);
    }

    internal override void Decide(DenoisingRow row) => row.Accept(0);

    internal override bool IsFinished(DenoisingRow row) => row.PartStep == row.PartSteps;

    internal override bool IsSettled(DenoisingRow row) => IsFinished(row);
}
