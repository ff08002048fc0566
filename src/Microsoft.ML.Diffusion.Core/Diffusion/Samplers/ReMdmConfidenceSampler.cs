namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.ReMdmConfidence"/>.</summary>
internal sealed class ReMdmConfidenceSampler : ReMdmSampler
{
    public override string ToString() => "ReMdmConfidence";

    internal override bool NeedsLogProbabilities => true;

    private protected override double SigmaOfMasks(DenoisingRow row) => 0;

    // The softmax is over written positions only: a mask's ψ is infinite.
    private protected override double SigmaScale(DenoisingRow row)
    {
        double sum = 0;
        foreach (int position in row.Part)
        {
            if (!row.IsMasked(position))
                sum += Weight(row, position);
        }
        return MostSigma(row) / sum;
    }

    private protected override double Weight(DenoisingRow row, int position) => Math.Exp(-Math.Exp(row.LogProbability(position)));
}
