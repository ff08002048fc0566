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
            throw new ArgumentOutOfRangeException(nameof(on), on, "The loop begins at a time between 0 (written) and 1 (all masked); 0.55 is usual.");
        if (!(off > 0 && off < on))
            throw new ArgumentOutOfRangeException(nameof(off), off, $"The loop ends at a time above 0 and below its beginning at {on}; 0.05 is usual.");
        if (!(alpha > 0 && alpha < 1))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "The fraction of tokens that are written during the loop is between 0 and 1; 0.9 is usual.");
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
            throw new ArgumentException($"{this} stands still where the mask rate is {1 - _alpha:0.###}, which the schedule {schedule} never has. Use MaskSchedule.Linear, or another alpha.", error);
        }
    }

    // The schedule's clock runs from 1 to the time at which α is reached, stands still, and runs on to 0.
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
