namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.MaskPredict"/>.</summary>
internal sealed class MaskPredictSampler : Sampler
{
    public override string ToString() => "MaskPredict";

    internal override bool NeedsLogProbabilities => true;

    internal override void Plan(DenoisingRow row)
    {
        if (row.PartStep == 1)
        {
            foreach (int position in row.Masked)
                row.Ask(position);
            return;
        }
        foreach (int position in row.Part)
            row.Ranking.Add(0, position, -row.LogProbability(position));
        int count = row.Ranking.Greatest(Masks(row, row.MaskRate)).Length;
        foreach (RankedPosition least in row.Ranking.Ascending(count))
        {
            row.Remask(least.Position);
            row.Ask(least.Position);
        }
    }

    internal override void Decide(DenoisingRow row)
    {
        for (int i = 0; i < row.Asked.Length; i++)
            row.Accept(i);
    }

    // The number of masks falls with the steps: if the next step masks none, no later one does.
    internal override bool IsFinished(DenoisingRow row) => Masks(row, row.NextMaskRate) == 0;

    internal override bool IsSettled(DenoisingRow row) => IsFinished(row);

    private static int Masks(DenoisingRow row, double rate) => (int)(row.Part.Length * rate + 1e-9);
}
