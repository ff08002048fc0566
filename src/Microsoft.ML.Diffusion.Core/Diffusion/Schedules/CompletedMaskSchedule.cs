namespace Microsoft.ML.Diffusion.Schedules;

/// <summary>
/// A schedule that stops short of mask rate 1, on [0, 1 − δ], followed by its terminal interval, in which the rate rises linearly to 1; δ
/// is the missing part. Log-linear with its terminal interval is linear.
/// </summary>
internal sealed class CompletedMaskSchedule : MaskSchedule
{
    private readonly MaskSchedule _schedule;
    private readonly double _highest;

    public CompletedMaskSchedule(MaskSchedule schedule) : base($"{schedule.Name} with its terminal interval")
    {
        _schedule = schedule;
        _highest = schedule.MaskRate(1);
    }

    internal override double MaskRate(double t) => CheckTime(t) < _highest ? _schedule.MaskRate(t / _highest) : t;

    internal override double AlphaDerivative(double t) => CheckTime(t) < _highest ? _schedule.AlphaDerivative(t / _highest) / _highest : -1;

    internal override double TimeAt(double maskRate) => CheckTime(maskRate) < _highest ? _schedule.TimeAt(maskRate) * _highest : maskRate;

    public override string ToText() =>
        throw new InvalidOperationException($"{Name} is not saved. Save the schedule that ForBound was called on.");
}
