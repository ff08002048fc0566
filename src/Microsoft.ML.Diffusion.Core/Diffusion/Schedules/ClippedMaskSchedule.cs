namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>1 − α(t) = low + (high − low)·t.</summary>
internal sealed class ClippedMaskSchedule : MaskSchedule
{
    private readonly double _low;
    private readonly double _high;

    public ClippedMaskSchedule(double low, double high) : base($"Clipped({Text(low)}, {Text(high)})")
    {
        if (!(low >= 0 && low < high && high <= 1))
            throw new ArgumentException(
                $"The lowest mask rate is {low} and the highest {high}. Give two rates from 0 to 1, the lowest first; 0.3 " +
                "and 0.8 are usual.");
        (_low, _high) = (low, high);
    }

    internal override ScheduleBound Bound => ScheduleBound.TrainingOnly;

    internal override double MaskRate(double t) => CheckTime(t) == 1 ? _high : _low + (_high - _low) * t;

    internal override double AlphaDerivative(double t)
    {
        CheckTime(t);
        return _low - _high;
    }

    internal override double TimeAt(double maskRate) => (CheckRate(maskRate, _low, _high) - _low) / (_high - _low);
}
