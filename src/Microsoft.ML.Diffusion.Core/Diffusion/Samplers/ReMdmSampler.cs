namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>
/// The common part of the four ReMDM samplers. Which positions are written and which are masked again does not depend on the prediction, so
/// both are decided first, and a row is run only at steps that write in it.
/// </summary>
internal abstract class ReMdmSampler : Sampler
{
    internal override void Check(MaskSchedule schedule)
    {
        base.Check(schedule);
        CheckEqualRates(schedule);
    }

    internal override void Plan(DenoisingRow row)
    {
        foreach (int position in row.Masked)
        {
            if (IsWritten(row, position))
                row.Ask(position);
        }
    }

    internal override void Decide(DenoisingRow row)
    {
        // Masking again comes second: the prediction is for the row before it.
        double scale = SigmaScale(row);
        foreach (int position in row.Part)
        {
            if (!row.IsMasked(position) && row.Happens(position, scale * Weight(row, position)))
                row.Remask(position);
        }
        for (int i = 0; i < row.Asked.Length; i++)
        {
            if (IsWritten(row, row.Asked[i].Position))
                row.Accept(i);
        }
    }

    internal override bool IsFinished(DenoisingRow row) => row.PartStep == row.PartSteps;

    internal override bool IsSettled(DenoisingRow row) => IsFinished(row);

    /// <summary>The σ that the probability of writing a mask compensates for.</summary>
    private protected abstract double SigmaOfMasks(DenoisingRow row);

    /// <summary>The probability that a written token is masked again, divided by its <see cref="Weight"/>.</summary>
    private protected virtual double SigmaScale(DenoisingRow row) => SigmaOfMasks(row);

    /// <summary>The factor of a written token's own probability.</summary>
    private protected virtual double Weight(DenoisingRow row, int position) => 1;

    /// <summary>σmax = min(1, (1 − α(s)) / α(t)).</summary>
    private protected static double MostSigma(DenoisingRow row) =>
        row.NextMaskRate == 0 ? 0 : Math.Min(1, row.NextMaskRate / (1 - row.MaskRate));

    // (α(s) − (1 − σ)·α(t)) / (1 − α(t))
    private bool IsWritten(DenoisingRow row, int position) =>
        row.Happens(position, (row.MaskRate - row.NextMaskRate + SigmaOfMasks(row) * (1 - row.MaskRate)) / row.MaskRate);

    private protected static double CheckEta(double eta)
    {
        if (!(eta >= 0 && eta <= 1))
            throw new ArgumentOutOfRangeException(nameof(eta), eta,
                "Give η, the probability that a token is masked again, 0 to 1; 0.01 to 0.05 is usual.");
        return eta;
    }
}
