namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>α(t) = 1 − (1 − ε)·t.</summary>
internal sealed class LogLinearMaskSchedule : MaskSchedule
{
    private readonly double _highest;

    public LogLinearMaskSchedule(double epsilon) : base($"LogLinear({Text(epsilon)})")
    {
        if (!(epsilon > 0 && epsilon < 1))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon,
                "ε is the probability that a token is still clean at time 1. Give a number above 0 and below 1; 0.001 is usual. For 0, " +
                "use MaskSchedule.Linear.");
        _highest = 1 - epsilon;
    }

    internal override ScheduleBound Bound => ScheduleBound.NeedsTerminal;

    internal override double MaskRate(double t) => _highest * CheckTime(t);

    internal override double AlphaDerivative(double t)
    {
        CheckTime(t);
        return -_highest;
    }

    internal override double TimeAt(double maskRate) => Math.Min(CheckRate(maskRate, 0, _highest) / _highest, 1);

    public override double Weight(double t) => 1 / CheckTime(t);
}
