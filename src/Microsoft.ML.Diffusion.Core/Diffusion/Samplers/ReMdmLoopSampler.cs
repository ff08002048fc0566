namespace Microsoft.ML.Diffusion.Samplers;

/// <summary>See <see cref="Sampler.ReMdmLoop"/>.</summary>
internal sealed class ReMdmLoopSampler : ReMdmSampler
{
    private readonly double _eta;
    private readonly double _on;
    private readonly double _off;
    private readonly double _alpha;

    public ReMdmLoopSampler(double eta, double on, double off, double alpha)
    {
        if (!(on > 0 && on < 1))
            throw new ArgumentOutOfRangeException(nameof(on), on,
                "Give a time between 0 (all written) and 1 (all masked) at which the loop begins; 0.55 is usual.");
        if (!(off > 0 && off < on))
            throw new ArgumentOutOfRangeException(nameof(off), off,
                $"Give a time above 0 and below the loop's beginning, {on}, at which it ends; 0.05 is usual.");
        if (!(alpha > 0 && alpha < 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha,
                "Give the fraction of tokens that are written during the loop, between 0 and 1; 0.9 is usual.");
        (_eta, _on, _off, _alpha) = (CheckEta(eta), on, off, alpha);
    }

    public override string ToString() => SamplerText.Write("ReMdmLoop", _eta, _on, _off, _alpha);

    internal override void Check(MaskSchedule schedule)
    {
        base.Check(schedule);
        try
        {
            schedule.TimeAt(1 - _alpha);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new ArgumentException(
                $"{this} loops at the mask rate {1 - _alpha:0.###}, which the schedule {schedule} never reaches. Use MaskSchedule.Linear, " +
                "or another alpha.", error);
        }
    }

    // The schedule's clock runs from 1 to the time at which α is reached, stops there, and then runs to 0.
    internal override double MaskRate(MaskSchedule schedule, double t)
    {
        double still = schedule.TimeAt(1 - _alpha);
        return base.MaskRate(schedule, t > _on ? 1 - (1 - t) / (1 - _on) * (1 - still) : t < _off ? t / _off * still : still);
    }

    private protected override double SigmaOfMasks(DenoisingRow row)
    {
        return row.Time <= _on && row.Time > _off ? Math.Min(_eta, MostSigma(row)) : 0;
    }
}
