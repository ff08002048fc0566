namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// The common part of samplers that write the positions of which the denoiser is certain: the most certain first, and enough at each step
/// for the steps to suffice.
/// </summary>
internal abstract class ConfidenceSampler : Sampler
{
    internal sealed override ConfidenceScore Score => ConfidenceScore.MaxProbability;

    internal sealed override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
            row.Ask(position);
    }

    internal sealed override void Decide(DenoisingRow row)
    {
        Span<Proposal> asked = row.Asked;
        for (int i = 0; i < asked.Length; i++)
            row.Ranking.Add(i, asked[i].Position, asked[i].LogConfidence);
        ReadOnlySpan<RankedPosition> ranked = row.Ranking.Greatest(asked.Length);
        int stepsLeft = row.PartSteps - row.PartStep + 1;
        int count = (asked.Length + stepsLeft - 1) / stepsLeft;
        while (count < ranked.Length && Passes(count + 1, Math.Exp(ranked[count].Score)))
            count++;
        foreach (RankedPosition taken in ranked[..count])
            row.Accept(taken.Index);
    }

    /// <summary>Whether the <paramref name="rank"/>-th most certain position, from 1, is written; if not, none after it is.</summary>
    private protected abstract bool Passes(int rank, double confidence);
}
