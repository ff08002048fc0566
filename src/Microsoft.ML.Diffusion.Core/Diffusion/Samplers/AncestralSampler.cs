namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// See <see cref="Sampler.Ancestral"/>. Whether a position is written does not depend on the prediction, so that is decided first, and only
/// rows and positions that will be written are run. This saves as much as a cache of predictions would, without its memory. Under a
/// schedule whose rates depend on the token the decision needs the prediction, and all masks are run at every step.
/// </summary>
internal sealed class AncestralSampler : Sampler
{
    public override string ToString() => "Ancestral";

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
        {
            if (row.RatesDependOnToken || row.Happens(position, row.UnmaskProbability))
                row.Ask(position);
        }
    }

    internal override void Decide(DenoisingRow row)
    {
        for (int i = 0; i < row.Asked.Length; i++)
        {
            // A token is drawn, then the position is written or not: together with probability p(v) · (α(s, v) − α(t, v)) / (1 − α(t, v)).
            if (row.Happens(row.Asked[i].Position, row.RatesDependOnToken ? row.UnmaskProbabilityOf(row.Asked[i].Token)
                : row.UnmaskProbability))
                row.Accept(i);
        }
    }
}
